//! Steps that no model knows: what happens to outputs and to the store.

use super::Walk;
use fastrand::Rng;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Something happens to one of the outputs of the last step, or to all of them.
pub fn outputs(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let there = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let outputs: Vec<PathBuf> =
        walk.written.iter().map(|path| walk.world.tree().join(path)).filter(|path| there(path)).collect();
    if outputs.is_empty() {
        return None;
    }
    let output = &outputs[rng.usize(..outputs.len())];
    let beside = output.with_extension("other");
    let what = match rng.u8(..10) {
        0 => {
            for output in &outputs {
                remove(output);
            }
            "all deleted"
        }
        1 => {
            remove(output);
            "deleted"
        }
        2 => {
            fs::write(output, "another text\n").ok()?;
            "replaced"
        }
        3 => {
            fs::write(output, "").ok()?;
            "emptied"
        }
        4 => {
            // Objects of other targets are left as they are; that is no matter.
            let _ = std::process::Command::new("strip").arg(output).output().ok()?;
            "stripped"
        }
        5 => {
            fs::set_permissions(output, Permissions::from_mode(0o444)).ok()?;
            "made read-only"
        }
        6 => {
            let _ = fs::remove_file(&beside);
            fs::hard_link(output, &beside).ok()?;
            "hard-linked"
        }
        7 => {
            remove(output);
            fs::write(&beside, "by a link\n").ok()?;
            symlink(beside.file_name()?, output).ok()?;
            "made a link"
        }
        8 => {
            fs::set_permissions(output, Permissions::from_mode(0o755)).ok()?;
            "made executable"
        }
        _ => {
            remove(output);
            fs::create_dir(output).ok()?;
            walk.in_the_way = Some(output.clone());
            "made a directory"
        }
    };
    // A link at the output's place is not served, and would stay for ever.
    if what == "made a link" {
        walk.in_the_way = Some(output.clone());
    }
    Some(format!("output {} {what}", output.display()))
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Something happens to the store or the state.
pub fn store(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let cache = walk.checker.cache.clone();
    let what = rng.u8(..9);
    if what < 2 {
        fs::remove_dir_all(cache.join("state")).ok()?;
        walk.checker.forget_journal();
        return Some("the state is deleted".into());
    }
    if what == 2 {
        let to = walk.world.path(format!("cache {}", walk.step));
        fs::rename(&cache, &to).ok()?;
        walk.checker.cache = to;
        return Some("the store is moved".into());
    }
    let mut files = Vec::new();
    collect(&cache.join(if what == 3 { "state" } else { "store" }), &mut files);
    files.retain(|path| !path.ends_with("journal") && !path.ends_with("journal.lock"));
    if files.is_empty() {
        return None;
    }
    walk.forget_stored();
    // Any of them. They are sorted by name, so the choice does not depend on how the directory is listed.
    let path = &files[rng.usize(..files.len())];
    let length = fs::metadata(path).ok()?.len();
    let at = if length == 0 { 0 } else { rng.u64(..length) };
    let name = path.strip_prefix(&cache).ok()?.display().to_string();
    Some(match rng.u8(..5) {
        0 => {
            let file = File::options().write(true).open(path).ok()?;
            file.set_len(at).ok()?;
            format!("{name} is cut at {at}")
        }
        1 => {
            remove(path);
            format!("{name} is deleted")
        }
        2 => {
            fs::write(path, "").ok()?;
            format!("{name} is emptied")
        }
        3 => {
            for file in &files {
                damage(file, 0).unwrap_or(());
            }
            "the first byte of every file is another".into()
        }
        _ => {
            damage(path, at)?;
            format!("byte {at} of {name} is another")
        }
    })
}

fn damage(path: &Path, at: u64) -> Option<()> {
    let file = File::options().read(true).write(true).open(path).ok()?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).ok()?;
    file.write_all_at(&[byte[0] ^ 0x10], at).ok()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
