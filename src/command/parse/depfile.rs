//! The depfile options of a command, and what they mean together.

use super::super::grammar::{Effect, spelling};
use super::super::job::{DepRequest, DepTarget};
use super::super::language::Language;
use super::super::refused;
use crate::reason::{Cause, Reason};
use std::ffi::OsString;

/// The depfile options as they come; see [`DepfileOptions::request`] for what they mean together.
#[derive(Default)]
pub(super) struct DepfileOptions {
    pub(super) all: bool,
    pub(super) user: bool,
    pub(super) phony: bool,
    /// The last `-MF`.
    pub(super) file: Option<OsString>,
    /// `-Wp,-MD,FILE` and whether it was `-MMD`.
    pub(super) passed: Option<(OsString, bool)>,
    /// `-Wp,-MF,FILE`
    pub(super) passed_file: Option<OsString>,
    pub(super) targets: Vec<DepTarget>,
    /// `-Wp,-MT,TARGET`, `-Wp,-MQ,TARGET`
    pub(super) passed_targets: Vec<DepTarget>,
    /// Something was passed that clang's compiler proper does not know, or that its driver takes otherwise.
    pub(super) gcc_only: bool,
}

impl DepfileOptions {
    /// What the options mean together, as far as gcc and clang agree.
    ///
    /// - `-MMD` beside `-MD` wins, in any order, in both.
    /// - Of several `-MF` the last counts, in both.
    /// - `-MF`, `-MT`, `-MQ`, `-MP` alone are an error in gcc and a warning, naming the value, in clang.
    /// - `-Wp,-MD,FILE` beside `-MD` or `-MF`: gcc takes its file, clang the other.
    /// - `-MT` beside `-MQ`: the order of targets differs between releases of gcc. With its own `-MD`, gcc's driver names
    ///   the default target by `-MQ`, beside what `-Wp,-MT` names.
    /// - `-Wp,-MF,FILE` beside `-MD` is gcc's last `-MF`, and beside `-Wp,-MD,FILE` one file too many.
    /// - A source that is not preprocessed gets no depfile; clang warns about the options.
    pub(super) fn request(self, language: Language) -> Result<Option<DepRequest>, Cause> {
        let unserved = |option: &str, why| Err(refused::unserved(option, why));
        let asked = self.all || self.user;
        if !asked && self.passed.is_none() {
            let target = self.targets.first().or(self.passed_targets.first());
            return match (self.file.as_ref().or(self.passed_file.as_ref()), target, self.phony) {
                (None, None, false) => Ok(None),
                (Some(_), ..) => unserved(spelling(Effect::DepFile), NOTHING_ASKED),
                (_, Some(target), _) => unserved(option_of(target), NOTHING_ASKED),
                (_, _, true) => unserved(spelling(Effect::DepPhony), NOTHING_ASKED),
            };
        }
        if !language.runs_preprocessor() {
            let option = spelling(if self.user { Effect::DepUser } else { Effect::DepAll });
            return unserved(option, "a source that is not preprocessed has no depfile");
        }
        let mut targets = self.targets.iter().chain(&self.passed_targets);
        if let Some(first) = targets.next()
            && targets.any(|target| target.quote != first.quote)
        {
            return unserved(
                spelling(Effect::DepTarget { quote: true }),
                "stands beside -MT, and compilers order the targets differently",
            );
        }
        if let Some(target) = self.targets.iter().find(|target| target.name.is_empty()) {
            return unserved(option_of(target), "the target is empty");
        }
        if asked && self.targets.is_empty() && !self.passed_targets.is_empty() {
            return unserved(
                &passed(Effect::DepTarget { quote: false }),
                "stands beside the default target, and compilers order them differently",
            );
        }
        let (file, user_only, passed) = match self.passed {
            None => (self.passed_file.or(self.file), self.user, false),
            Some(_) if asked || self.file.is_some() || self.passed_file.is_some() => {
                return unserved(
                    &passed(Effect::DepAll),
                    "stands beside other depfile options, and compilers differ about the file",
                );
            }
            Some((file, user_only)) => (Some(file), user_only, true),
        };
        if let Some(file) = &file {
            if file == "-" {
                return Err(Reason::OutputIsStream.into());
            }
            if file.is_empty() {
                return Err(refused::dangling(spelling(Effect::DepFile).as_ref()));
            }
        }
        Ok(Some(DepRequest {
            user_only,
            file,
            targets: self.targets,
            phony: self.phony,
            passed,
            passed_targets: self.passed_targets,
            gcc_only: self.gcc_only,
        }))
    }
}

/// An option behind the one that passes it to the preprocessor: `-Wp,-MD`.
fn passed(effect: Effect) -> String {
    [spelling(Effect::PassPreprocessor), spelling(effect)].concat()
}

/// The option that names such a target.
fn option_of(target: &DepTarget) -> &'static str {
    spelling(Effect::DepTarget { quote: target.quote })
}

const NOTHING_ASKED: &str = "no -MD or -MMD asks for a depfile";
