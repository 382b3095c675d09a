//! What the walk knows of the world: everything a compile could depend on, as plain values. A step changes the model,
//! [`super::disk`] makes the world like it, and going back is taking an old model out of the history.

use super::flags::{Flags, USER_DEPFILES};
use super::kits::{self, Kit};
use super::quiet;
use super::remarks::Remark;
use super::text::{Kind, Text};
use super::tools::Tools;
use fastrand::Rng;
use std::collections::BTreeMap;

/// A file, link or directory of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Text(Text),
    Link(String),
    Dir,
}

/// Where commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cwd {
    Project,
    /// A directory of the project: outputs are built outside of the sources' place.
    Build,
    /// The project by a symbolic link.
    Linked,
}

/// What `PWD` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pwd {
    Unset,
    Right,
    Wrong,
    Unnormalised,
    Relative,
}

/// How the command names files of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Relative,
    DotSlash,
    Absolute,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The project, by path.
    pub nodes: BTreeMap<String, Node>,
    /// The directory of the project in the tree: an index into [`PLACES`].
    pub place: usize,
    pub cwd: Cwd,
    pub pwd: Pwd,
    pub spelling: Spelling,
    pub flags: Flags,
    pub env: BTreeMap<&'static str, String>,
    pub tools: Tools,
    /// What stands in each of [`kits::PLACES`].
    pub kits: [Kit; kits::PLACES.len()],
    /// Modification times in seconds, by path; what is missing here has the one old time.
    pub times: BTreeMap<String, u64>,
}

/// Where the project can be.
pub const PLACES: [&str; 3] = ["one", "two/deeper place", "three"];

/// The sources, each a unit.
pub const UNITS: [&str; 8] =
    ["src/c0.c", "src/c1.c", "src/x0.cc", "src/a0.S", "src/a1.s", "src/p0.i", QUIET_UNITS[0], QUIET_UNITS[1]];

/// Those of which no compiler says anything.
pub const QUIET_UNITS: [&str; 2] = ["src/q0.c", "src/q1.cc"];

/// Directories in which headers come and go; some are not there at first.
pub const DIRS: [&str; 11] = ["inc", "sys", "quo", "aft", "gen", "inc/sub", "src", "env", "new/dir", "", "build"];

/// Names of headers and other files that are read.
pub const NAMES: [&str; 12] =
    ["h0.h", "h1.h", "h2.h", "h3.h", "opt.h", "opt2.h", "sub/s.h", "t0.h", "t1.h", "t2.h", "m.inc", "blob.bin"];

/// Headers that have the same text at first.
pub const TWINS: [&str; 3] = ["sys/t0.h", "inc/t1.h", "sys/t2.h"];

/// The path of a name in a directory of the project.
pub fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The mtime a file has unless the walk gave it another.
pub const OLD: u64 = crate::fixture::OLD;

impl Model {
    /// Where the walk of that seed begins.
    pub fn of_seed(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut model = Self::new(rng.bool());
        if rng.bool() {
            model.flags.depfile = USER_DEPFILES[0];
        }
        for path in [QUIET_UNITS[0], QUIET_UNITS[1], "inc/quiet.h"] {
            let remarks = (0..4).map(|_| Remark::drawn(&mut rng, true)).collect();
            model.text_mut(path).expect("a quiet text").remarks = remarks;
        }
        model
    }

    fn new(marked: bool) -> Self {
        // Each file with the numbers of the plain lines that it says at first, and with its digit.
        let texts: [(&str, &[u32], u8); 21] = [
            ("src/c0.c", &[0, 1, 11, 17, 18, 25], 1),
            ("src/c1.c", &[2, 3, 4, 13], 1),
            ("src/x0.cc", &[0, 5, 11, 29, 31], 2),
            ("src/a0.S", &[0, 5], 1),
            ("src/a1.s", &[0, 2], 1),
            ("src/p0.i", &[0, 2], 1),
            ("inc/h0.h", &[0, 1, 11], 1),
            ("inc/h1.h", &[0, 3], 1),
            ("sys/h1.h", &[0, 7], 2),
            ("sys/h2.h", &[2, 4], 1),
            ("aft/h3.h", &[0], 3),
            ("inc/h3.h", &[0, 5], 1),
            ("quo/h2.h", &[0], 4),
            ("inc/sub/s.h", &[0, 6], 1),
            ("inc/dir/deep/d.h", &[0], 1),
            ("src/dir/keep", &[], 1),
            ("blob.bin", &[], 1),
            ("inc/blob.bin", &[], 2),
            ("inc/m.inc", &[], 1),
            ("src/dep.txt", &[], 1),
            ("build/keep", &[], 0),
        ];
        let mut nodes: BTreeMap<String, Node> = texts
            .into_iter()
            .map(|(path, features, value)| {
                let features = features.iter().map(|nth| 1 << nth).sum();
                (path.to_owned(), Node::Text(Text::new(path, features, value)))
            })
            .collect();
        // Lines that leave a doubt, by their number behind the plain ones.
        let doubts: [(&str, &[usize]); 7] = [
            ("src/c0.c", &[0, 5, 15, 19]),
            ("src/c1.c", &[1, 2, 3, 15]),
            ("src/x0.cc", &[2, 10, 17, 18, 20]),
            ("src/a0.S", &[1, 4]),
            ("inc/h0.h", &[0, 4]),
            ("sys/h1.h", &[5, 9, 10]),
            ("sys/h2.h", &[5]),
        ];
        for (path, doubts) in doubts {
            if let Some(Node::Text(text)) = nodes.get_mut(path) {
                text.features |= doubts.iter().map(|nth| 1 << (text.kind.plain_features() + nth)).sum::<u64>();
            }
        }
        for twin in TWINS {
            nodes.insert(twin.into(), Node::Text(Text::new(TWINS[0], Text::ONCE, 1)));
        }
        for (unit, first) in QUIET_UNITS.into_iter().zip(quiet::FIRST) {
            let features = first.iter().map(|nth| 1 << nth).sum();
            nodes.insert(unit.into(), Node::Text(Text::new(unit, features, 1)));
        }
        // Nothing pastes at first: a word that could be pasted counts even if nothing mentions it.
        nodes.insert("inc/quiet.h".into(), Node::Text(Text::new("inc/quiet.h", 0b1_1011, 1)));
        for (path, defined) in ["inc/config.h", "inc/version.h"].into_iter().zip(quiet::DEFINED) {
            let mut text = Text::new(path, 0, 1);
            text.defined = defined.iter().map(|nth| (*nth, 1)).collect();
            nodes.insert(path.into(), Node::Text(text));
        }
        // System headers that a link leads to.
        nodes.insert("sys/kit".into(), Node::Link("../aft".into()));
        if marked {
            nodes.insert(".git".into(), Node::Dir);
        }
        Self {
            nodes,
            place: 0,
            cwd: Cwd::Project,
            pwd: Pwd::Unset,
            spelling: Spelling::Relative,
            flags: Flags::default(),
            env: BTreeMap::new(),
            tools: Tools::default(),
            kits: kits::first(),
            times: BTreeMap::new(),
        }
    }

    /// The ages of those files whose age can matter. Among equal headers that are read once, gcc skips those of the same
    /// second.
    pub fn ages(&self) -> Vec<(&str, u64)> {
        let texts = || {
            self.nodes
                .iter()
                .filter_map(|(path, node)| if let Node::Text(text) = node { Some((path, text)) } else { None })
        };
        let any_header = texts().any(|(_, text)| text.says(&["#import"]));
        let counts =
            |text: &Text| text.features & Text::ONCE != 0 || text.says(&["once", "__TIMESTAMP__", "dependency"]);
        let counted = texts().filter(|(_, text)| any_header && text.kind == Kind::Header || counts(text));
        counted.map(|(path, _)| (path.as_str(), self.times.get(path).copied().unwrap_or(OLD))).collect()
    }

    pub fn text_mut(&mut self, path: &str) -> Option<&mut Text> {
        match self.nodes.get_mut(path)? {
            Node::Text(text) => Some(text),
            Node::Link(_) | Node::Dir => None,
        }
    }

    /// Something may be put at `path`: nothing stands where one of its directories must be.
    pub fn has_room(&self, path: &str) -> bool {
        let mut at = path;
        while let Some((dir, _)) = at.rsplit_once('/') {
            if matches!(self.nodes.get(dir), Some(Node::Text(_) | Node::Link(_))) {
                return false;
            }
            at = dir;
        }
        true
    }

    /// Takes out `path` and all below.
    pub fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.nodes.retain(|name, _| name != path && !name.starts_with(&below));
    }
}
