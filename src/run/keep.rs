//! After a miss: the proof, and storing what is proven.

use super::ask::Asking;
use super::compile::Compile;
use super::observe;
use super::prepare::Prepared;
use super::process::{Asked, Run};
use crate::config::{Ask, Config};
use crate::disk::memo::Memo;
use crate::proof;
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::store::permit::Permit;

impl Run {
    /// Stores what was compiled.
    pub(super) fn keep(
        &mut self,
        config: &Config,
        prepared: &Prepared,
        compile: &Compile,
        memo: &mut Memo,
        store: &Store,
        permit: Permit<'_>,
    ) -> Result<(), Cause> {
        let allowed = config.ask == Ask::Doubt;
        let mut asking = Asking { prepared, typed: &self.spec, allowed, asked: &mut self.asked };
        let observed = observe::observe(prepared, compile, &self.environment, store);
        let proven = observed.and_then(|observed| proof::prove(observed, memo, &mut asking));
        if let Asked { us, question: Some(question), .. } = self.asked {
            self.log.say("asked", format!("the preprocessor for {question}, {us} us"));
        }
        permit.commit(proven?).map_err(|error| Reason::StoreError.about(error.to_string()))
    }
}
