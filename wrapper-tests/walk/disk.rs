//! The world made like the model. Only what differs is touched, since every touch is news to a cache that goes by
//! stat fields.

use super::kits::{self, Kit};
use super::model::{Model, Node, OLD, PLACES};
use crate::fixture::lossy;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How a file gets another content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Written over: the same inode.
    InPlace,
    /// Another file is renamed to its name.
    Rename,
}

/// What stands on the disk.
pub struct Disk {
    /// The directory of the world, below which kits are.
    root: PathBuf,
    kits: [Kit; kits::PLACES.len()],
    tree: PathBuf,
    place: usize,
    nodes: BTreeMap<String, Node>,
    times: BTreeMap<String, u64>,
}

impl Disk {
    pub fn new(root: PathBuf, tree: PathBuf, model: &Model) -> Self {
        fs::create_dir_all(tree.join(PLACES[model.place])).expect("a place");
        let kits = [Kit::Gone, Kit::Gone, Kit::Gone];
        let mut disk = Self { root, kits, tree, place: model.place, nodes: BTreeMap::new(), times: BTreeMap::new() };
        disk.link();
        disk.sync(model, Manner::InPlace);
        disk
    }

    /// The project's directory.
    pub fn project(&self) -> PathBuf {
        self.tree.join(PLACES[self.place])
    }

    /// The link that leads to the project.
    pub fn linked(&self) -> PathBuf {
        self.tree.join("ln")
    }

    fn link(&self) {
        let _ = fs::remove_file(self.linked());
        symlink(PLACES[self.place], self.linked()).expect("a link to the project");
    }

    /// Makes the project what the model says.
    pub fn sync(&mut self, model: &Model, manner: Manner) {
        if model.place != self.place {
            let from = self.project();
            self.place = model.place;
            let to = self.project();
            fs::create_dir_all(to.parent().expect("a parent")).expect("a place");
            fs::rename(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
            self.link();
        }
        for (place, (old, new)) in self.kits.iter().zip(&model.kits).enumerate() {
            kits::sync(&self.root, place, old, new);
        }
        self.kits.clone_from(&model.kits);
        let gone: Vec<String> = self
            .nodes
            .iter()
            .rev()
            .filter(|(path, node)| !model.nodes.get(*path).is_some_and(|new| same_kind(node, new)))
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            self.remove(&path, model);
        }
        for (path, node) in &model.nodes {
            let time = model.times.get(path).copied().unwrap_or(OLD);
            let was_at = self.times.get(path).copied().unwrap_or(OLD);
            let same = self.nodes.get(path) == Some(node);
            if !same {
                self.write(path, node, time, manner);
            } else if was_at != time && matches!(node, Node::Text(_)) {
                set_time(&self.project().join(path), time);
            }
        }
        self.nodes.clone_from(&model.nodes);
        self.times.clone_from(&model.times);
    }

    /// Every file once more, as a fresh checkout would write it.
    pub fn rewrite(&mut self) {
        for (path, node) in self.nodes.clone() {
            if let Node::Text(_) = node {
                let time = self.times.get(&path).copied().unwrap_or(OLD);
                self.write(&path, &node, time, Manner::Rename);
            }
        }
    }

    /// Copies the project, outputs and all, and puts the copy in its place.
    pub fn copy(&mut self) {
        let (from, to) = (self.project(), self.tree.join("copying"));
        copy(&from, &to);
        fs::remove_dir_all(&from).expect("the old project");
        fs::rename(&to, &from).expect("the copied project");
    }

    /// A real rename, in disk and model; the caller knows that it is possible.
    pub fn rename(&mut self, model: &mut Model, from: &str, to: &str) {
        let (old, new) = (self.project().join(from), self.project().join(to));
        fs::create_dir_all(new.parent().expect("a parent")).expect("a directory");
        fs::rename(&old, &new).unwrap_or_else(|error| panic!("{from} -> {to}: {error}"));
        for nodes in [&mut model.nodes, &mut self.nodes] {
            move_keys(nodes, from, to);
        }
        for times in [&mut model.times, &mut self.times] {
            move_keys(times, from, to);
        }
        self.prune(from, model);
    }

    fn remove(&mut self, path: &str, model: &Model) {
        let full = self.project().join(path);
        let removed = match self.nodes.remove(path) {
            // Outputs or further nodes may be in it.
            Some(Node::Dir) => fs::remove_dir(&full).or(Ok(())),
            _ => fs::remove_file(&full),
        };
        removed.unwrap_or_else(|error: std::io::Error| panic!("{}: {error}", full.display()));
        self.prune(path, model);
    }

    /// Removes directories that nothing is in any more, up to one the model names.
    fn prune(&self, path: &str, model: &Model) {
        let mut at = path;
        while let Some((dir, _)) = at.rsplit_once('/') {
            if model.nodes.get(dir) == Some(&Node::Dir) || fs::remove_dir(self.project().join(dir)).is_err() {
                return;
            }
            at = dir;
        }
    }

    fn write(&self, path: &str, node: &Node, time: u64, manner: Manner) {
        let full = self.project().join(path);
        fs::create_dir_all(full.parent().expect("a parent")).unwrap_or_else(|error| panic!("{path}: {error}"));
        let problem = |error: std::io::Error| -> () { panic!("{}: {error}", full.display()) };
        match node {
            Node::Text(text) => {
                let written = match manner {
                    Manner::InPlace => full.clone(),
                    Manner::Rename => full.with_file_name(".written"),
                };
                fs::write(&written, text.render()).unwrap_or_else(problem);
                set_time(&written, time);
                if manner == Manner::Rename {
                    fs::rename(&written, &full).unwrap_or_else(problem);
                }
            }
            Node::Link(target) => {
                let _ = fs::remove_file(&full);
                symlink(target, &full).unwrap_or_else(problem);
            }
            Node::Dir => fs::create_dir_all(&full).unwrap_or_else(problem),
        }
    }
}

fn same_kind(old: &Node, new: &Node) -> bool {
    std::mem::discriminant(old) == std::mem::discriminant(new)
}

fn move_keys<V>(map: &mut BTreeMap<String, V>, from: &str, to: &str) {
    let below = format!("{from}/");
    let names: Vec<String> = map.keys().filter(|name| *name == from || name.starts_with(&below)).cloned().collect();
    for name in names {
        let value = map.remove(&name).expect("a key just seen");
        map.insert(format!("{to}{}", &name[from.len()..]), value);
    }
}

fn set_time(path: &Path, seconds: u64) {
    File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// `cp -a`: names, links, modes and times, other inodes.
fn copy(from: &Path, to: &Path) {
    let output = std::process::Command::new("cp").arg("-a").args([from, to]).output().expect("cp");
    assert!(output.status.success(), "cp: {}", lossy(&output.stderr));
}
