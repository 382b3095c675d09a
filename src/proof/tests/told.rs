//! What a scene's preprocessor says, and what was kept of its headers.

use super::*;

/// A preprocessor that says what a scene lets it say; it keeps what it was asked.
pub(super) struct Told {
    pub(super) says: Option<String>,
    pub(super) listed: Vec<Vec<u8>>,
    pub(super) source: Vec<u8>,
    pub(super) asked: Vec<AskFor>,
}

impl Preprocessor for Told {
    fn ask(&mut self, question: AskFor, _words: WordSet, needles: &[Vec<u8>]) -> Option<Answer> {
        self.asked.push(question);
        let output = self.says.as_ref()?.as_bytes();
        Answer::read(output, self.listed.clone(), &self.source, question, needles, &|name| name)
    }
}

/// What was kept of headers of definitions.
impl KnownHeaders for Scene {
    fn items(&self, content: &ContentId) -> Option<Vec<Line>> {
        self.known.borrow().iter().find(|(known, _)| known == content).map(|(_, items)| items.clone())
    }

    fn knows(&self, content: &ContentId) -> bool {
        self.items(content).is_some()
    }
}
