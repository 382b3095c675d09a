//! Files that the assembler says it was made to read.

use super::*;

/// What gcc calls the assembly that it hands on.
const TEMPORARY: &str = "/tmp/ccabcdef.s";

/// A compile whose assembler names these.
fn case(text: &str, assembled: &[&str]) -> Case {
    let mut case = Case::new(&[("a.c", text), ("inc1/y.h", ""), ("inc2/x.s", "nop\n")]);
    case.assembled = assembled.iter().map(|name| name.as_bytes().to_vec()).collect();
    case
}

const READS: &str = "asm(\".include \\\"x.s\\\"\");\n";

#[test]
fn what_it_read_and_what_it_would_have_read() {
    let mut read = case(READS, &["inc2/x.s", TEMPORARY]);
    assert_eq!(read.files(), ["inc2/x.s"]);
    // Each way in which the text may have named it.
    assert_eq!(read.absent(), ["inc1/inc2/x.s", "inc1/x.s", "inc2/inc2/x.s", "x.s"]);
    let mut none = case(READS, &[TEMPORARY]);
    assert_eq!((none.files(), none.absent()), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_gone_is_not_known() {
    let gone = |text, assembled: &[&str]| case(text, assembled).find().map(|_| ()).map_err(|cause| cause.reason);
    assert_eq!(gone(READS, &["gone.s", TEMPORARY]), Err(Reason::HeaderUnreadable));
    assert_eq!(gone("int a;\n", &["gone.s", TEMPORARY]), Ok(()), "debug data name it");
    // Only the last one can be what the compiler handed on.
    assert_eq!(gone(READS, &[TEMPORARY, "inc2/x.s"]), Err(Reason::HeaderUnreadable));
    assert_eq!(gone(READS, &["inc2/x.s", TEMPORARY]), Ok(()));
}
