//! The list of obligations, and how a compile is judged by it.

use super::case::{Case, Judged};
use super::input::Input;
use super::observed::{Observed, Preprocessor};
use super::{
    alone, clock, comments, date, definitions, escapes, files, lines, machine, place, respelled, still, texts, twins,
    whole,
};
use crate::digest::ContentId;
use crate::disk::memo::Memo;
use crate::inputs::witness::AskFor;
use crate::outputs::Outputs;
use crate::reason::Cause;
use crate::text::definitions::Line;

/// A rule that every stored result keeps.
pub struct Obligation {
    /// The file that holds it.
    pub name: &'static str,
    judge: fn(&mut Case<'_>) -> Result<Judged, Cause>,
    /// Tests that fail where it is broken, each by its module and name.
    pub tests: &'static [&'static str],
}

/// Every obligation. What is cheap and certain comes first: a result that is not kept anyway costs no question to the preprocessor.
pub static OBLIGATIONS: [Obligation; 14] = [
    Obligation { name: "clock", judge: clock::judge, tests: &["proof::tests::the_clock_and_the_company"] },
    Obligation {
        name: "alone",
        judge: alone::judge,
        tests: &[
            "proof::tests::the_clock_and_the_company",
            "storms::claims::two_commands_that_write_one_output_keep_nothing",
        ],
    },
    Obligation {
        name: "lines",
        judge: lines::judge,
        tests: &["proof::tests::lines_of_files_that_are_not_tracked", "options::verbose_assembly_quotes_other_files"],
    },
    Obligation {
        name: "machine",
        judge: machine::judge,
        tests: &["proof::tests::outputs_that_tell_of_this_machine", "options::verbose_assembly_tells_of_memory"],
    },
    Obligation {
        name: "escapes",
        judge: escapes::judge,
        tests: &["proof::tests::escapes_of_the_texts_own", "reasons::escapes_that_diagnostics_may_show"],
    },
    Obligation {
        name: "respelled",
        judge: respelled::judge,
        tests: &[
            "proof::tests::names::names_in_a_spelling_of_their_own",
            "given::places::diagnostics_that_respell_names",
        ],
    },
    Obligation {
        name: "texts",
        judge: texts::judge,
        tests: &["proof::tests::texts_that_hang_on_more_than_files", "dates::a_date_that_becomes_used"],
    },
    Obligation {
        name: "whole",
        judge: whole::judge,
        tests: &["proof::tests::files_that_nobody_tells", "doubts::misleading::texts_that_mislead"],
    },
    Obligation {
        name: "comments",
        judge: comments::judge,
        tests: &["proof::tests::comments::what_shows_comments", "comments::judged::results_that_show_comments"],
    },
    Obligation {
        name: "files",
        judge: files::judge,
        tests: &["proof::tests::a_plain_compile_hangs_on_its_headers_alone", "reasons::what_no_longer_holds"],
    },
    Obligation {
        name: "place",
        judge: place::judge,
        tests: &[
            "proof::tests::what_ties_a_result_to_its_place",
            "stale::names_of_files_that_are_consumed_bind_the_place",
        ],
    },
    Obligation {
        name: "date",
        judge: date::judge,
        tests: &["proof::tests::the_date_of_the_environment", "reasons::what_no_longer_holds"],
    },
    Obligation {
        name: "twins",
        judge: twins::judge,
        tests: &["proof::tests::names::twins_that_may_have_been_read_for_each_other", "reasons::what_no_longer_holds"],
    },
    Obligation {
        name: "still",
        judge: still::judge,
        tests: &["proof::tests::meanwhile::what_else_changed_meanwhile", "reasons::what_did_not_stand_still"],
    },
];

/// A result of which it is proven what it hangs on. [`prove`] alone makes one.
pub struct Proven {
    outputs: Outputs,
    inputs: Vec<Input>,
    definitions: Vec<(ContentId, Vec<Line>)>,
}

impl Proven {
    /// What the compile left.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What headers of definitions held, each with the digest of its content.
    pub fn definitions(&self) -> &[(ContentId, Vec<Line>)] {
        &self.definitions
    }

    /// What it hangs on, in the order in which a lookup asks.
    pub fn into_inputs(self) -> Vec<Input> {
        self.inputs
    }
}

/// Judges a compile.
///
/// # Errors
/// Why its result is not kept.
pub fn prove(observed: Observed<'_>, memo: &mut Memo, preprocessor: &mut dyn Preprocessor) -> Result<Proven, Cause> {
    let inputs = inputs(&observed, memo, preprocessor)?;
    let (inputs, definitions) = definitions::held(&observed, inputs, memo);
    Ok(Proven { outputs: observed.outputs, inputs, definitions })
}

fn inputs(observed: &Observed<'_>, memo: &mut Memo, preprocessor: &mut dyn Preprocessor) -> Result<Vec<Input>, Cause> {
    let mut case = Case::new(observed, memo)?;
    match judge(&mut case)? {
        Judged::Holds(inputs) => Ok(inputs),
        Judged::Doubt(question, why) => {
            if !case.ask(question, preprocessor)? {
                return Err(why);
            }
            match judge(&mut case)? {
                Judged::Holds(inputs) | Judged::HoldsAtMost(inputs) => Ok(inputs),
                Judged::Doubt(_, why) => Err(why),
            }
        }
        Judged::HoldsAtMost(inputs) => {
            let fewer = case.ask(AskFor::Text, preprocessor).ok().filter(|answered| *answered);
            match fewer.and_then(|_| judge(&mut case).ok()) {
                Some(Judged::Holds(fewer) | Judged::HoldsAtMost(fewer)) => Ok(fewer),
                Some(Judged::Doubt(..)) | None => Ok(inputs),
            }
        }
    }
}

/// Has every obligation judge. The first refusal or doubt ends it.
fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let (mut all, mut at_most) = (Vec::new(), false);
    for obligation in &OBLIGATIONS {
        match (obligation.judge)(case)? {
            Judged::Holds(inputs) => all.extend(inputs),
            Judged::HoldsAtMost(inputs) => {
                all.extend(inputs);
                at_most = true;
            }
            doubt @ Judged::Doubt(..) => return Ok(doubt),
        }
    }
    all.sort_by_key(Input::rank);
    Ok(if at_most { Judged::HoldsAtMost(all) } else { Judged::Holds(all) })
}
