//! A result is stored only as a proof, and a hit is the same proof held again.
//!
//! [`prove`] has every obligation of [`OBLIGATIONS`] judge what was [`Observed`] of a compile. Each says which [`Input`]s the result
//! hangs on, or why it cannot be kept. Where the texts leave a doubt, the compiler's own preprocessor is asked once, and all
//! is judged again by its answer. What comes of it is [`Proven`], which nothing else makes and which alone can be stored. A
//! lookup asks of each input whether it [holds](Input::holds), and nothing else.
//!
//! An obligation is one file. It says what could go wrong with the text that shows it, and has its row in the list with the
//! tests that hold it. None hangs on another, and their order decides only about which reason is told.

mod alone;
mod bound;
mod case;
mod clock;
mod date;
mod escapes;
mod files;
mod holds;
mod input;
mod lines;
mod machine;
mod moment;
mod observed;
pub mod opaque;
mod place;
mod sections;
mod spelled;
mod still;
mod texts;
mod twins;
mod unpack;
mod whole;

pub use bound::Bound;
pub use case::Case;
pub use holds::{Here, Surroundings};
pub use input::{Absent, Input, Names, Rule};
pub use observed::{KeyFile, Observed, Preprocessor, Rewriting};

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

/// What an obligation says of a compile that can be kept, or may be.
pub enum Judged {
    /// It is kept if these hold.
    Holds(Vec<Input>),
    /// It is kept if these hold. The preprocessor may show that fewer are enough.
    HoldsAtMost(Vec<Input>),
    /// Whether it is kept is for the preprocessor to say; without an answer this is the cause why not.
    Doubt(Question, Cause),
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
