//! Texts and paths that are carried from one place to another.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::colour;
use packer_cc::paths;
use packer_cc_fuzz::{other_place, place};

fuzz_target!(|data: &[u8]| {
    let (here, there) = (place(), other_place());
    if let Some(template) = here.template(data) {
        assert_eq!(here.fill(&template).as_deref(), Some(data));
        let said = there.fill(&template).expect("the same kinds of bases");
        // A NUL byte marks where a template names a place. A template without marks says the same everywhere.
        assert!(template.contains(&0) || said == data);
    }
    let _ = here.fill(data);
    let rooted = here.rooted(data);
    assert_eq!(here.spelled(rooted.base, &rooted.rest).as_deref(), Some(data));
    let elsewhere = there.spelled(rooted.base, &rooted.rest).expect("the same kinds of bases");
    assert!(there.rooted(&elsewhere).rest.len() <= elsewhere.len());
    let _ = here.rooted_text(data);
    let _ = here.rooted_builtin(data);
    let plain = colour::strip(data);
    assert!(plain.len() <= data.len());
    let (dir, bare) = (paths::dir_of(data), paths::without_dot_slash(data));
    assert!(data.starts_with(dir) && data.ends_with(bare));
});
