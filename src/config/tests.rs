use super::*;
use crate::environment::Environment;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory tree of its own and a made-up environment.
struct Place {
    temp: TempDir,
    vars: Vec<(String, String)>,
}

impl Place {
    fn new() -> Self {
        let place = Self { temp: TempDir::new().unwrap(), vars: Vec::new() };
        place.env("PACKER_CC_DIR", "/cache")
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn dir(self, path: &str) -> Self {
        fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        let root = fs::canonicalize(self.temp.path()).unwrap();
        if path.is_empty() { root } else { root.join(path) }
    }

    fn load_in(&self, cwd: &str) -> Result<Config, ConfigError> {
        Config::load(&Environment::from_vars(self.vars.clone()), &self.path(cwd))
    }

    fn load(&self) -> Config {
        self.load_in("").unwrap()
    }

    /// The error's text, with this place's path as `@`.
    fn error(&self) -> String {
        self.load_in("").unwrap_err().0.replace(self.path("").to_str().unwrap(), "@")
    }

    fn explain(&self) -> Explanation {
        Config::explain(&Environment::from_vars(self.vars.clone()), &self.path(""))
    }
}

#[test]
fn defaults() {
    let place = Place::new();
    let config = place.load();
    assert_eq!(config.store_dir(), Path::new("/cache/store"));
    assert_eq!(config.state_dir(), Path::new("/cache/state"));
    assert_eq!(config.declared_root, None);
    assert_eq!(config.max_size, 5 << 30);
    assert_eq!((config.disable, config.readonly, config.recache, config.paranoid), (false, false, false, false));
    assert!(!config.shared && config.left_out.is_empty());
    assert_eq!((config.paths, config.compiler, config.cxx_compiler, config.log), (None, None, None, None));
    assert_eq!((config.namespace.as_str(), config.extra_files.len()), ("", 0));
    assert_eq!(config.ask, Ask::Doubt);
}

#[test]
fn the_cache_directory_is_the_users() {
    let load = |vars: &[(&str, &str)]| Config::load(&Environment::from_vars(vars.to_vec()), Path::new("/"));
    assert_eq!(load(&[("XDG_CACHE_HOME", "/x")]).unwrap().dir, Path::new("/x/packer-cc"));
    assert_eq!(load(&[("XDG_CACHE_HOME", "/x"), ("PACKER_CC_DIR", "")]).unwrap().dir, Path::new("/x/packer-cc"));
    for vars in [&[][..], &[("HOME", "")], &[("XDG_CACHE_HOME", "relative")]] {
        assert!(load(vars).unwrap_err().0.contains("set PACKER_CC_DIR"), "{vars:?}");
    }
}

#[test]
fn variables() {
    let place = Place::new()
        .env("PACKER_CC_PATHS", "relative")
        .env("PACKER_CC_COMPILER", "avr-gcc -mmcu='x y'")
        .env("PACKER_CXX_COMPILER", "g++")
        .env("PACKER_CC_DISABLE", "yes")
        .env("PACKER_CC_READONLY", "on")
        .env("PACKER_CC_RECACHE", "")
        .env("PACKER_CC_MAX_SIZE", "500M")
        .env("PACKER_CC_NAMESPACE", "blue")
        .env("PACKER_CC_EXTRA_FILES", "/abs:rel/x::")
        .env("PACKER_CC_ASK", "never")
        .env("PACKER_CC_LOG", "log")
        .env("PACKER_CC_SKIP", "1");
    let config = place.load();
    assert_eq!(config.paths, Some(PathsMode::Relative));
    assert_eq!(config.compiler, Some(vec!["avr-gcc".into(), "-mmcu=x y".into()]));
    assert_eq!(config.cxx_compiler, Some(vec!["g++".into()]));
    assert_eq!((config.disable, config.readonly, config.recache), (true, true, false));
    assert_eq!(config.max_size, 500 << 20);
    assert_eq!(config.namespace, "blue");
    assert_eq!(config.extra_files, ["/abs".into(), place.path("rel/x")]);
    assert_eq!(config.ask, Ask::Never);
    assert_eq!(config.log, Some(place.path("log")));
}

#[test]
fn keys() {
    let mut place = Place::new().dir("a/b").file(
        "a/.packer-cc.toml",
        "dir = 'cache'\nroot = 'b'\npaths = 'exact'\ncompiler = 'gcc -m32'\ncxx-compiler = ['my g++', '-x']\n\
         disable = true\nreadonly = true\nrecache = true\nparanoid = true\nmax-size = '1.5G'\nnamespace = 'n'\n\
         extra-files = ['x', '/y']\nask = 'never'\nlog = 'log'\n",
    );
    place.vars.clear();
    let config = place.load_in("a/b").unwrap();
    let declared = place.path("a/b");
    assert_eq!(config.dir, place.path("a/cache"));
    assert_eq!((config.declared_root.as_ref(), &config.root), (Some(&declared), &declared));
    assert_eq!(config.paths, Some(PathsMode::Exact));
    assert_eq!(config.compiler, Some(vec!["gcc".into(), "-m32".into()]));
    assert_eq!(config.cxx_compiler, Some(vec!["my g++".into(), "-x".into()]));
    assert_eq!((config.disable, config.readonly, config.recache, config.paranoid), (true, true, true, true));
    assert_eq!(config.max_size, 3 << 29);
    assert_eq!(config.namespace, "n");
    assert_eq!(config.extra_files, [place.path("a/x"), "/y".into()]);
    assert_eq!(config.ask, Ask::Never);
    assert_eq!(config.log, Some(place.path("a/log")));
    assert_eq!(config.file, Some(place.path("a/.packer-cc.toml")));
}

#[test]
fn the_environment_wins() {
    let place = Place::new().file(".packer-cc.toml", "max-size = 7\nreadonly = true\nnamespace = 'file'\n");
    let place = place.env("PACKER_CC_READONLY", "0").env("PACKER_CC_NAMESPACE", "");
    let config = place.load();
    assert_eq!((config.max_size, config.readonly, config.namespace.as_str()), (7, false, "file"));
    let origins: Vec<String> = place.explain().settings.iter().map(|setting| setting.origin.to_string()).collect();
    let file = format!("file {}", place.path(".packer-cc.toml").display());
    assert_eq!(origins[0], "environment PACKER_CC_DIR");
    assert_eq!(origins[1], file, "root");
    assert_eq!(origins[3], "default", "paths");
    assert_eq!(origins[8], "environment PACKER_CC_READONLY");
    assert_eq!(origins[11], file, "max-size");
}

#[test]
fn roots() {
    let place =
        Place::new().dir("repo/.git").dir("repo/sub/deep").file("other/sub/.packer-cc.toml", "").dir("other/.hg");
    let root = |place: &Place, cwd: &str| {
        let config = place.load_in(cwd).unwrap();
        (config.root, config.declared_root.is_some())
    };
    assert_eq!(root(&place, "repo/sub/deep"), (place.path("repo"), false));
    assert_eq!(root(&place, "repo"), (place.path("repo"), false));
    assert_eq!(root(&place, "other"), (place.path("other"), false));
    assert_eq!(root(&place, "other/sub"), (place.path("other/sub"), true));
    std::os::unix::fs::symlink(place.path("repo"), place.path("link")).unwrap();
    let place = place.env("PACKER_CC_ROOT", "../link/sub");
    assert_eq!(root(&place, "other"), (place.path("repo/sub"), true));
}

#[test]
fn the_nearest_file_alone_counts() {
    let place = Place::new().file(".packer-cc.toml", "namespace = 'outer'\nreadonly = true").dir("in/.git");
    assert_eq!(place.load_in("in").unwrap().namespace, "outer");
    let place = place.file("in/.packer-cc.toml", "namespace = 'inner'");
    let config = place.load_in("in").unwrap();
    assert_eq!((config.namespace.as_str(), config.readonly), ("inner", false));
}

#[test]
fn wrong_variables() {
    for (name, value, expected) in [
        ("PACKER_CC_DISABLE", "maybe", "PACKER_CC_DISABLE=maybe: expected 1, true, yes, on, 0, false, no or off"),
        ("PACKER_CC_PATHS", "rel", "PACKER_CC_PATHS=rel: expected exact or relative"),
        ("PACKER_CC_ASK", "always", "PACKER_CC_ASK=always: expected doubt or never"),
        (
            "PACKER_CC_MAX_SIZE",
            "5Q",
            "PACKER_CC_MAX_SIZE=5Q: expected a size such as 5GiB, 500M or 1.5G, plain bytes, or 0 for no bound",
        ),
        (
            "PACKER_CC_COMPILER",
            "'gcc",
            "PACKER_CC_COMPILER: expected a program and its first arguments, quoted as for a shell",
        ),
        ("PACKER_CC_MAXSIZE", "1", "unknown variable PACKER_CC_MAXSIZE; did you mean PACKER_CC_MAX_SIZE?"),
        ("PACKER_CC_DRI", "1", "unknown variable PACKER_CC_DRI; did you mean PACKER_CC_DIR?"),
        ("PACKER_CXX_COMPILE", "1", "unknown variable PACKER_CXX_COMPILE; did you mean PACKER_CXX_COMPILER?"),
        ("PACKER_CC_XYZZY", "1", "unknown variable PACKER_CC_XYZZY; `packer-cc config` lists those there are"),
    ] {
        assert_eq!(Place::new().env(name, value).error(), expected);
    }
    let text = Place::new().file("f", "").env("PACKER_CC_ROOT", "f").error();
    assert!(text.starts_with("PACKER_CC_ROOT: the root @/f is no directory"), "{text}");
}

#[test]
fn wrong_files() {
    for (text, expected) in [
        ("\nmax_size = 1", "@/.packer-cc.toml:2: unknown key `max_size`; did you mean `max-size`?"),
        ("ask = 'always'", "@/.packer-cc.toml:1: ask = 'always': expected \"doubt\" or \"never\""),
        ("ask = false", "@/.packer-cc.toml:1: ask = false: expected \"doubt\" or \"never\""),
        ("readonly = 1", "@/.packer-cc.toml:1: readonly = 1: expected true or false"),
        ("[log]", "@/.packer-cc.toml:1: log = [log]: expected a path (a string that is not empty)"),
        (
            "\n\nextra-files = [\n'a', 1\n]",
            "@/.packer-cc.toml:3: extra-files = (array): expected an array of paths (strings that are not empty)",
        ),
        (
            "max-size = -1",
            "@/.packer-cc.toml:1: max-size = -1: expected a size such as 5GiB, 500M or 1.5G, plain bytes, or 0 for \
             no bound",
        ),
    ] {
        assert_eq!(Place::new().file(".packer-cc.toml", text).error(), expected);
    }
    let text = Place::new().file(".packer-cc.toml", "a = 1\nb = \n").error();
    assert!(text.starts_with("@/.packer-cc.toml:2: "), "{text}");
    let text = Place::new().dir(".packer-cc.toml").error();
    assert!(text.starts_with("cannot read @/.packer-cc.toml: "), "{text}");
    let text = Place::new().file(".packer-cc.toml", "xyzzy = 1").error();
    assert!(text.contains("unknown key `xyzzy`; the keys are dir, root, roots, paths,"), "{text}");
}

#[test]
fn everything_wrong_is_explained_at_once() {
    let place = Place::new().file(".packer-cc.toml", "paths = 'relative'\nremote = 'x'\nreadonly = 3\nfoo = 1");
    let place = place.env("PACKER_CC_DISABLE", "?").env("PACKER_CC_REMOTE", "1").env("PACKER_CC_QUUX", "1");
    let explanation = place.explain();
    assert_eq!(explanation.errors.len(), 4, "{:?}", explanation.errors);
    assert_eq!(explanation.notes.len(), 2, "{:?}", explanation.notes);
    assert_eq!(explanation.settings.len(), 18);
}

#[test]
fn a_declared_root_is_the_default_of_the_relative_mode() {
    use super::PathsMode;
    let mode = |place: &Place| place.load().paths_mode();
    assert_eq!(mode(&Place::new().dir("repo/.git")), PathsMode::Exact);
    assert_eq!(mode(&Place::new().file(".packer-cc.toml", "")), PathsMode::Relative);
    assert_eq!(mode(&Place::new().env("PACKER_CC_ROOT", ".")), PathsMode::Relative);
    assert_eq!(mode(&Place::new().env("PACKER_CC_ROOT", ".").env("PACKER_CC_PATHS", "exact")), PathsMode::Exact);
    assert_eq!(mode(&Place::new().env("PACKER_CC_PATHS", "relative")), PathsMode::Relative);
}

#[test]
fn the_preprocessor_is_asked_where_there_is_doubt_unless_somebody_says_never() {
    let file = |text: &str| Place::new().file(".packer-cc.toml", text);
    for (place, ask, origin) in [
        (Place::new(), Ask::Doubt, Origin::Default),
        (Place::new().env("PACKER_CC_ASK", ""), Ask::Doubt, Origin::Default),
        (Place::new().env("PACKER_CC_ASK", "doubt"), Ask::Doubt, Origin::Environment("PACKER_CC_ASK")),
        (file("ask = 'never'").env("PACKER_CC_ASK", "doubt"), Ask::Doubt, Origin::Environment("PACKER_CC_ASK")),
        (file("ask = 'doubt'").env("PACKER_CC_ASK", "never"), Ask::Never, Origin::Environment("PACKER_CC_ASK")),
    ] {
        assert_eq!(place.load().ask, ask);
        let setting = place.explain().settings.into_iter().find(|setting| setting.key == "ask").unwrap();
        assert_eq!((setting.value.as_str(), setting.origin), (ask.as_str(), origin));
    }
    let place = file("ask = 'never'");
    let setting = place.explain().settings.into_iter().find(|setting| setting.key == "ask").unwrap();
    let origin = Origin::File(place.path(".packer-cc.toml"));
    assert_eq!((setting.value.as_str(), setting.origin), ("never", origin));
}

#[test]
fn roots_have_names() {
    let place = Place::new().dir("sdk").dir("kit 2");
    let named = |place: &Place| -> Vec<(String, PathBuf)> {
        place.load().roots.into_iter().map(|root| (root.name, root.path)).collect()
    };
    let both = [("kit".to_owned(), place.path("kit 2")), ("sdk".to_owned(), place.path("sdk"))];
    assert_eq!(named(&place.env("PACKER_CC_ROOTS", "sdk=sdk:kit=kit 2")), both);
    let place = Place::new().dir("sdk").dir("kit 2").file(".packer-cc.toml", "[roots]\nkit = 'kit 2'\nsdk = 'sdk'\n");
    assert_eq!(named(&place), [("kit".to_owned(), place.path("kit 2")), ("sdk".to_owned(), place.path("sdk"))]);
    for wrong in ["sdk", "=sdk", "s/k=sdk", "toolchain=sdk", ".=sdk", "sdk=", "sdk=sdk:sdk=sdk"] {
        let text = Place::new().dir("sdk").env("PACKER_CC_ROOTS", wrong).error();
        assert!(text.starts_with("PACKER_CC_ROOTS"), "{wrong}: {text}");
    }
    let text = Place::new().env("PACKER_CC_ROOTS", "sdk=none").error();
    assert!(text.contains("is no directory"), "{text}");
}
