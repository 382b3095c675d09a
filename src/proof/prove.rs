//! The list of obligations, and how a compile is judged by it.

use super::case::{Case, Judged};
use super::input::Input;
use super::observed::{Observed, Preprocessor};
use super::{alone, clock, date, escapes, files, lines, machine, place, still, texts, twins, whole};
use crate::disk::memo::Memo;
use crate::inputs::witness::Question;
use crate::outputs::Outputs;
use crate::reason::Cause;

/// A rule that every stored result keeps.
pub struct Obligation {
    /// The file that holds it.
    pub name: &'static str,
    judge: fn(&mut Case<'_>) -> Result<Judged, Cause>,
    /// Tests that fail where it is broken, each by its module and name.
    pub tests: &'static [&'static str],
}

/// Every obligation. What is cheap and certain comes first, so that nobody is asked about a result that is not kept anyway.
pub static OBLIGATIONS: [Obligation; 12] = [
    Obligation { name: "clock", judge: clock::judge, tests: &["run::compile::tests::a_clock_that_is_set_back"] },
    Obligation { name: "alone", judge: alone::judge, tests: &["storms::"] },
    Obligation { name: "lines", judge: lines::judge, tests: &[] },
    Obligation { name: "machine", judge: machine::judge, tests: &[] },
    Obligation { name: "escapes", judge: escapes::judge, tests: &[] },
    Obligation { name: "texts", judge: texts::judge, tests: &[] },
    Obligation { name: "whole", judge: whole::judge, tests: &[] },
    Obligation { name: "files", judge: files::judge, tests: &[] },
    Obligation { name: "place", judge: place::judge, tests: &[] },
    Obligation { name: "date", judge: date::judge, tests: &[] },
    Obligation { name: "twins", judge: twins::judge, tests: &[] },
    Obligation { name: "still", judge: still::judge, tests: &[] },
];

/// A result of which it is proven what it hangs on. [`prove`] alone makes one.
pub struct Proven {
    outputs: Outputs,
    inputs: Vec<Input>,
}

impl Proven {
    /// What the compile left.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
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
    Ok(Proven { outputs: observed.outputs, inputs })
}

fn inputs(observed: &Observed<'_>, memo: &mut Memo, preprocessor: &mut dyn Preprocessor) -> Result<Vec<Input>, Cause> {
    let mut case = Case::new(observed, memo)?;
    match judge(&mut case)? {
        Judged::Holds(inputs) => Ok(inputs),
        Judged::Doubt(question, cause) => {
            if !case.ask(question, preprocessor)? {
                return Err(cause);
            }
            match judge(&mut case)? {
                Judged::Holds(inputs) | Judged::HoldsAtMost(inputs) => Ok(inputs),
                Judged::Doubt(_, cause) => Err(cause),
            }
        }
        Judged::HoldsAtMost(inputs) => {
            let fewer = case.ask(Question::Text, preprocessor).ok().filter(|answered| *answered);
            match fewer.and_then(|_| judge(&mut case).ok()) {
                Some(Judged::Holds(fewer) | Judged::HoldsAtMost(fewer)) => Ok(fewer),
                Some(Judged::Doubt(..)) | None => Ok(inputs),
            }
        }
    }
}

/// Has every obligation judge; the first doubt ends it.
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
