"""The small project of templates: a few sources over large libraries of headers."""

TEMPLATES = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.20)
project(templates CXX)
set(CMAKE_CXX_STANDARD 17)
include_directories(SYSTEM /usr/include/eigen3)
set(CMAKE_AUTOMOC ON)
find_package(Threads REQUIRED)
find_package(Qt5 REQUIRED COMPONENTS Widgets)
add_executable(templates main.cpp echo.cpp timers.cpp sum.cpp settings.cpp solve.cpp values.cpp graph.cpp big.cpp rows.cpp counter.cpp)
target_link_libraries(templates Threads::Threads Qt5::Widgets)
""",
    "parts.h": """\
#pragma once
#include <map>
#include <string>
#include <vector>
int echo();
int timers();
double sum(const std::string &text);
std::map<std::string, int> settings(const std::string &text);
double solve(int size);
std::vector<double> values(int size);
int graph();
std::string big(int number);
int rows();
""",
    "counter.h": """\
#pragma once
#include <QObject>
class Counter : public QObject {
  Q_OBJECT
public:
  int count = 0;
public slots:
  void add() { emit changed(++count); }
signals:
  void changed(int count);
};
""",
    "counter.cpp": """\
#include "counter.h"
""",
    "rows.cpp": """\
#include "counter.h"
#include "parts.h"
#include <QtCore>
#include <QtWidgets>
int rows() {
  Counter counter;
  QStringListModel model(QStringList{"a", "b"});
  QObject::connect(&model, &QAbstractItemModel::rowsInserted, &counter, &Counter::add);
  model.insertRows(0, 2);
  return model.rowCount() + counter.count;
}
""",
    "main.cpp": """\
#include "parts.h"
#include <iostream>
int main() {
  std::cout << timers() << sum("1+2*3") << settings("a=1;b=2").size() << solve(4) << values(4).size() << graph() << big(30) << rows() << '\\n';
}
""",
    "echo.cpp": """\
#include "parts.h"
#include <boost/asio.hpp>
#include <memory>
using boost::asio::ip::tcp;
namespace {
struct Session : std::enable_shared_from_this<Session> {
  explicit Session(tcp::socket socket) : socket(std::move(socket)) {}
  void read() {
    auto self = shared_from_this();
    socket.async_read_some(boost::asio::buffer(data), [self](boost::system::error_code error, std::size_t size) {
      if (!error) self->write(size);
    });
  }
  void write(std::size_t size) {
    auto self = shared_from_this();
    boost::asio::async_write(socket, boost::asio::buffer(data, size), [self](boost::system::error_code error, std::size_t) {
      if (!error) self->read();
    });
  }
  tcp::socket socket;
  char data[1024];
};
}
int echo() {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(tcp::v4(), 0));
  acceptor.async_accept([](boost::system::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->read();
  });
  return context.poll();
}
""",
    "timers.cpp": """\
#include "parts.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
int timers() {
  boost::asio::io_context context;
  auto strand = boost::asio::make_strand(context);
  boost::asio::steady_timer timer(strand, std::chrono::milliseconds(1));
  int fired = 0;
  timer.async_wait([&](boost::system::error_code) { ++fired; });
  boost::asio::post(strand, [&] { ++fired; });
  context.run();
  return fired;
}
""",
    "sum.cpp": """\
#include "parts.h"
#include <boost/spirit/include/phoenix.hpp>
#include <boost/spirit/include/qi.hpp>
namespace qi = boost::spirit::qi;
template <class Iterator> struct Grammar : qi::grammar<Iterator, double(), qi::space_type> {
  Grammar() : Grammar::base_type(expression) {
    using namespace qi;
    expression = term[_val = _1] >> *('+' >> term[_val += _1] | '-' >> term[_val -= _1]);
    term = factor[_val = _1] >> *('*' >> factor[_val *= _1] | '/' >> factor[_val /= _1]);
    factor = double_[_val = _1] | '(' >> expression[_val = _1] >> ')' | '-' >> factor[_val = -_1];
  }
  qi::rule<Iterator, double(), qi::space_type> expression, term, factor;
};
double sum(const std::string &text) {
  double value = 0;
  auto begin = text.begin();
  qi::phrase_parse(begin, text.end(), Grammar<std::string::const_iterator>(), qi::space, value);
  return value;
}
""",
    "settings.cpp": """\
#include "parts.h"
#include <boost/fusion/include/std_pair.hpp>
#include <boost/spirit/home/x3.hpp>
namespace x3 = boost::spirit::x3;
std::map<std::string, int> settings(const std::string &text) {
  auto key = x3::rule<struct Key, std::string>() = +x3::alpha;
  auto pair = x3::rule<struct Pair, std::pair<std::string, int>>() = key >> '=' >> x3::int_;
  std::map<std::string, int> found;
  x3::phrase_parse(text.begin(), text.end(), pair % ';', x3::space, found);
  return found;
}
""",
    "solve.cpp": """\
#include "parts.h"
#include <Eigen/Dense>
double solve(int size) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Random(size, size);
  Eigen::VectorXd right = Eigen::VectorXd::Ones(size);
  return matrix.fullPivLu().solve(right).sum() + matrix.colPivHouseholderQr().solve(right).norm();
}
""",
    "values.cpp": """\
#include "parts.h"
#include <Eigen/Eigenvalues>
#include <Eigen/Sparse>
std::vector<double> values(int size) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Random(size, size);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix + matrix.transpose());
  Eigen::SparseMatrix<double> sparse = matrix.sparseView();
  auto found = solver.eigenvalues();
  std::vector<double> all(found.data(), found.data() + found.size());
  all.push_back(sparse.nonZeros());
  return all;
}
""",
    "graph.cpp": """\
#include "parts.h"
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
int graph() {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, boost::property<boost::edge_weight_t, int>>;
  Graph graph(3);
  boost::add_edge(0, 1, 2, graph);
  boost::add_edge(1, 2, 3, graph);
  std::vector<int> distance(3);
  boost::dijkstra_shortest_paths(graph, 0, boost::distance_map(distance.data()));
  return distance[2];
}
""",
    "big.cpp": """\
#include "parts.h"
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
std::string big(int number) {
  boost::multiprecision::cpp_int product = 1;
  for (int factor = 2; factor <= number; ++factor) product *= factor;
  return product.str() + sqrt(boost::multiprecision::cpp_dec_float_50(product)).str();
}
""",
}
