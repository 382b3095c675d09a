//! The formats of store and state: what is encoded is decoded, what is damaged is noticed.

use super::bytes;
use crate::command::SideKind;
use crate::digest::{CodeId, ContentId, Digest, EntryId, KeyId};
use crate::disk::memo::{SLOT, Slot};
use crate::disk::stamp::Stamp;
use crate::inputs::Absence;
use crate::journal::{Outcome, Record};
use crate::outputs::{OutputPart, Outputs};
use crate::paths::{Base, Rooted};
use crate::proof::{Absent, Bound, Input, Rule};
use crate::reason::Change;
use crate::store::entry;
use crate::store::manifest::{self, Candidate};
use crate::store::toolchains::{self, Toolchain};
use crate::text::{Dated, Facts, HeaderMacro, IncludeForm, Mention, Waiting, WordSet};
use crate::toolchain::known;
use proptest::prelude::*;

fn content() -> impl Strategy<Value = Vec<u8>> {
    // Some of it is compressed and some is too short for that.
    prop_oneof![
        bytes(b"\0a", 0..100),
        (any::<u8>(), 0..5000_usize).prop_map(|(byte, len)| vec![byte; len]),
        bytes(b"abc", 600..2000),
    ]
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn outputs() -> impl Strategy<Value = Outputs> {
    let split = OutputPart::Side(SideKind::SplitDwarf);
    let part = proptest::sample::select(vec![OutputPart::Main, OutputPart::DepfileNames, OutputPart::Stderr, split]);
    let parts = proptest::collection::vec((part, content()), 0..4);
    (any::<u64>(), parts).prop_map(|(compile_us, parts)| Outputs { compile_us, parts })
}

fn rooted() -> impl Strategy<Value = Rooted> {
    let base = prop_oneof![
        proptest::sample::select(&[Base::Absolute, Base::Relative, Base::Root, Base::CwdAlias, Base::Toolchain][..]),
        (0..64_u8).prop_map(Base::Builtin),
        (0..48_u8).prop_map(Base::Given),
        (0..64_u8).prop_map(Base::Named),
        (0..64_u8).prop_map(Base::NamedReal),
    ];
    (base, bytes(b"/a.h", 0..20)).prop_map(|(base, rest)| Rooted { base, rest })
}

fn input() -> impl Strategy<Value = Input> {
    let bound = (0..32_u8).prop_map(|byte| Bound::from_byte(byte).expect("a set of parts"));
    let place = (bound, digest()).prop_map(|(bound, digest)| Input::Place { bound, digest });
    let date = digest().prop_map(|digest| Input::Date { digest });
    let source = digest().prop_map(|content| Input::Source { content: ContentId(content) });
    let code = proptest::option::of(digest().prop_map(CodeId));
    let file = (rooted(), digest().prop_map(ContentId), code, any::<bool>(), any::<bool>());
    let file = file.prop_map(|(path, content, code, definitions, outside)| Input::File {
        path,
        content,
        code,
        definitions,
        outside,
    });
    let absence = prop_oneof![
        bytes(b"/a.h", 0..8).prop_map(Absence::Nothing),
        bytes(b"/a.h", 0..8).prop_map(Absence::File),
        bytes(b"/a.h", 0..8).prop_map(Absence::Precompiled),
    ];
    let absent = (rooted(), proptest::collection::vec(absence, 0..4));
    let absent = absent.prop_map(|(dir, names)| Input::Absent(Absent::new(dir, &names)));
    let rule = proptest::sample::select(vec![Rule::Ages, Rule::Links]);
    let groups = proptest::collection::vec(proptest::collection::vec(rooted(), 0..3), 0..3);
    let twins = (rule, groups, digest());
    let twins = twins.prop_map(|(rule, groups, digest)| Input::Twins { rule, groups, digest });
    prop_oneof![place, date, source, file, absent, twins]
}

fn candidate() -> impl Strategy<Value = Candidate> {
    let inputs = proptest::collection::vec(input(), 0..6);
    (digest(), inputs).prop_map(|(entry, inputs)| Candidate { entry: EntryId(entry), inputs })
}

fn toolchain() -> impl Strategy<Value = Toolchain> {
    let member = (proptest::sample::select(&["as", "cc1", "driver", "libä.so"][..]), digest());
    let members = proptest::collection::vec(member.prop_map(|(name, digest)| (name.to_owned(), digest)), 0..6);
    let builtin_dirs = proptest::collection::vec(rooted(), 0..3);
    (digest(), builtin_dirs, members).prop_map(|(identity, builtin_dirs, members)| Toolchain {
        identity,
        builtin_dirs,
        members,
    })
}

fn stamp() -> impl Strategy<Value = Stamp> {
    let time = (any::<i64>(), 0..1_000_000_000_i128).prop_map(|(s, ns)| i128::from(s) * 1_000_000_000 + ns);
    (any::<u64>(), any::<u64>(), any::<u64>(), time.clone(), time)
        .prop_map(|(dev, ino, size, mtime_ns, ctime_ns)| Stamp { dev, ino, size, mtime_ns, ctime_ns, mode: 0 })
}

fn slot() -> impl Strategy<Value = Slot> {
    let code = proptest::option::of(digest().prop_filter("a digest of zeros is none", |digest| digest.0 != [0; 32]));
    (1..3_u64, stamp(), any::<u64>(), any::<u64>(), any::<u64>(), digest(), code).prop_map(
        |(kind, stamp, extra, offset, length, digest, code)| Slot { kind, stamp, extra, offset, length, digest, code },
    )
}

fn facts() -> impl Strategy<Value = Facts> {
    let form = || proptest::sample::select(&[IncludeForm::Quote, IncludeForm::Angle, IncludeForm::Computed][..]);
    let name = || bytes(b"a/.h", 0..10);
    let words = || any::<u32>().prop_map(WordSet::from_bits);
    let mentions = || {
        let mention = (form(), any::<bool>(), name()).prop_map(|(form, next, name)| Mention { form, next, name });
        proptest::collection::vec(mention, 0..4)
    };
    let found = (form(), name(), name()).prop_map(|(form, name, header)| HeaderMacro { name, form, header });
    let dated = (name(), words()).prop_map(|(name, word)| Dated { name, word });
    let (macros, dated) = (proptest::collection::vec(found, 0..4), proptest::collection::vec(dated, 0..3));
    let names = || proptest::collection::vec(name(), 0..3);
    let mention = (form(), any::<bool>(), name()).prop_map(|(form, next, name)| Mention { form, next, name });
    let needs = proptest::collection::vec(names(), 0..3);
    let waiting = (mention, needs).prop_map(|(mention, needs)| Waiting { mention, needs });
    let waiting = (proptest::collection::vec(waiting, 0..3), any::<[u32; 2]>());
    (mentions(), mentions(), macros, names(), dated, names(), names(), words(), waiting).prop_map(
        |(includes, asked, macros, wrappers, dated, pieces, absolute, words, (waiting, defined))| Facts {
            includes,
            waiting,
            defined: defined.to_vec(),
            asked,
            macros,
            wrappers,
            dated,
            pieces,
            absolute,
            words,
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let outcome = proptest::sample::select(&Outcome::ALL[..]);
    let texts = (any::<String>(), any::<String>(), any::<String>());
    let change = proptest::option::of((any::<String>(), any::<String>()));
    (any::<u64>(), outcome, texts, change, any::<u64>(), any::<[u64; 3]>()).prop_map(
        |(time_ms, outcome, (reason, detail, source), change, compile_us, [own_us, asked, asked_us])| Record {
            time_ms,
            outcome,
            reason,
            detail,
            change: change.map(|(old, new)| Change { old, new }),
            source,
            compile_us,
            own_us,
            asked,
            asked_us,
        },
    )
}

proptest! {
    #[test]
    fn entries(entry in outputs(), at in any::<proptest::sample::Index>(), bit in 0..8_u8) {
        let encoded = entry::encode(&entry).expect("small enough");
        let mut bytes = [encoded.header, encoded.stored].concat();
        prop_assert_eq!(entry::decode(&bytes, &encoded.name), Some(entry.clone()));
        let at = at.index(bytes.len());
        prop_assert_eq!(entry::decode(&bytes[..at], &encoded.name), None);
        bytes[at] ^= 1 << bit;
        // A few bits of compressed data have no meaning, so that a flipped one may go unnoticed. Then the same entry is decoded.
        prop_assert!(entry::decode(&bytes, &encoded.name).is_none_or(|decoded| decoded == entry));
    }

    #[test]
    fn manifests(
        candidates in proptest::collection::vec(candidate(), 0..4),
        key in digest(),
        at in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let key = KeyId(key);
        let mut bytes = manifest::encode(&candidates, &key).expect("small enough");
        prop_assert_eq!(manifest::decode(&bytes, &key), Some(candidates));
        let at = at.index(bytes.len());
        prop_assert_eq!(manifest::decode(&bytes[..at], &key), None);
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(manifest::decode(&bytes, &key), None);
    }

    #[test]
    fn toolchains(
        known in proptest::collection::vec(toolchain(), 0..4),
        question in digest(),
        at in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = toolchains::encode(&known, &question);
        prop_assert_eq!(toolchains::decode(&bytes, &question), Some(known.clone()));
        if let [then, now, ..] = known.as_slice() {
            let line = toolchains::describe(&toolchains::differences(then, now));
            prop_assert!(!line.contains(char::is_control) && line.len() < 2000, "{}", line);
        }
        let at = at.index(bytes.len());
        prop_assert_eq!(toolchains::decode(&bytes[..at], &question), None);
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(toolchains::decode(&bytes, &question), None);
    }

    #[test]
    fn slots(slot in slot(), at in 0..120_usize, bit in 0..8_u8) {
        let mut bytes = slot.encode();
        prop_assert_eq!(Slot::decode(&bytes), Some(slot.clone()));
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(Slot::decode(&bytes), None);
    }

    #[test]
    fn facts_and_identities(facts in facts(), noise in bytes(&[0, 1, 2], 0..300)) {
        let bytes = facts.encode();
        prop_assert_eq!(Facts::decode(&bytes), Some(facts));
        for len in 0..bytes.len() {
            prop_assert_eq!(Facts::decode(&bytes[..len]), None);
        }
        let _ = Facts::decode(&noise);
        let _ = known::recode_memo(&noise);
    }

    #[test]
    fn anything_else_is_a_miss(noise in bytes(&[0, 1, 2, 255], 0..400)) {
        let key = Digest([0; 32]);
        prop_assert_eq!(entry::decode(&noise, &EntryId(key)), None);
        prop_assert_eq!(manifest::decode(&noise, &KeyId(key)), None);
        prop_assert_eq!(toolchains::decode(&noise, &key), None);
        if let Some(slot) = noise.first_chunk::<SLOT>() {
            prop_assert_eq!(Slot::decode(slot), None);
        }
    }

    #[test]
    fn records(record in record(), torn in any::<proptest::sample::Index>()) {
        let line = record.encode();
        prop_assert!(!line.contains(&b'\n'));
        prop_assert_eq!(Record::decode(&line), Some(record.clone()));
        // A writer that was killed leaves a piece before the next record.
        let piece = &line[..torn.index(line.len())];
        prop_assert_eq!(Record::decode(piece), None);
        let both = [piece, &line].concat();
        let found = Record::decode(&both).or_else(|| Record::recover(&both).map(|(_, record)| record));
        prop_assert_eq!(found, Some(record));
    }
}
