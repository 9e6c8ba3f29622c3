//! Who matches a demand (政策找企 turned to scenarios), and why. Pure. One reason is enough: an invitation only points to what
//! everybody may read, and to leave somebody out would need better grounds than words. That somebody has registered an interest is
//! no argument of it.

use crate::base::words::{Domain, MatchKind};

/// What a demand looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its field of application.
    pub domain: Option<Domain>,
    /// Kinds of qualifications, such as HNTE.
    pub qualifications: Vec<String>,
    /// Words, in the form in which capability lists keep theirs.
    pub words: Vec<String>,
}

/// What an organization has to show today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The fields of its capabilities.
    pub domains: Vec<Domain>,
    /// The kinds of its qualifications that are valid today.
    pub qualifications: Vec<String>,
    /// The words of its capabilities.
    pub words: Vec<String>,
}

/// Why an organization matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    pub kind: MatchKind,
    /// Which domain, kind of qualification or word.
    pub detail: String,
}

/// Every reason for which this organization matches this demand: the domain first, then qualifications and words in the order in
/// which the demand names them. None: it does not match.
pub fn reasons(wanted: &Wanted, profile: &Profile) -> Vec<Reason> {
    let domain = wanted.domain.filter(|domain| profile.domains.contains(domain));
    let domain = domain.map(|domain| Reason { kind: MatchKind::Domain, detail: domain.word().to_owned() });
    let both = |kind, wanted: &[String], shown: &[String]| -> Vec<Reason> {
        let both = wanted.iter().filter(|one| shown.contains(one));
        both.map(|one| Reason { kind, detail: one.clone() }).collect()
    };
    let qualifications = both(MatchKind::Qualification, &wanted.qualifications, &profile.qualifications);
    let words = both(MatchKind::Word, &wanted.words, &profile.words);
    domain.into_iter().chain(qualifications).chain(words).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    const QUALIFICATIONS: [&str; 4] = ["HNTE", "TECH_SME", "GAZELLE", "SRDI_SME"];
    const WORDS: [&str; 6] = ["雷达", "视频识别", "管网", "预报", "lidar", "m2"];

    fn some(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
        subsequence(of, 0..=of.len()).prop_shuffle().prop_map(|some| some.into_iter().map(str::to_owned).collect())
    }

    pub fn wanted() -> impl Strategy<Value = Wanted> {
        (proptest::option::of(select(Domain::ALL)), some(&QUALIFICATIONS), some(&WORDS))
            .prop_map(|(domain, qualifications, words)| Wanted { domain, qualifications, words })
    }

    pub fn profile() -> impl Strategy<Value = Profile> {
        (subsequence(Domain::ALL, 0..=2), some(&QUALIFICATIONS), some(&WORDS))
            .prop_map(|(domains, qualifications, words)| Profile { domains, qualifications, words })
    }

    proptest! {
        /// Reasons are what both have, no more and no less, each once.
        #[test]
        fn reasons_are_what_both_have(wanted in wanted(), profile in profile()) {
            let found = reasons(&wanted, &profile);
            let set = |kind: MatchKind| found.iter().filter(|one| one.kind == kind).map(|one| one.detail.clone()).collect();
            let both = |one: &[String], other: &[String]| -> BTreeSet<String> {
                let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.iter().collect(), other.iter().collect());
                one.intersection(&other).map(|both| (*both).clone()).collect()
            };
            let (words, kinds): (BTreeSet<String>, BTreeSet<String>) = (set(MatchKind::Word), set(MatchKind::Qualification));
            let domains: BTreeSet<String> = set(MatchKind::Domain);
            prop_assert_eq!(&words, &both(&wanted.words, &profile.words));
            prop_assert_eq!(&kinds, &both(&wanted.qualifications, &profile.qualifications));
            let domain = wanted.domain.filter(|domain| profile.domains.contains(domain));
            prop_assert_eq!(&domains, &domain.iter().map(|domain| domain.word().to_owned()).collect());
            prop_assert_eq!(found.len(), words.len() + kinds.len() + domains.len());
            prop_assert!(found.is_sorted_by_key(|one| one.kind));
        }

        /// To show more never costs a reason.
        #[test]
        fn more_shown_is_no_fewer_reasons(wanted in wanted(), profile in profile(), more in profile()) {
            let mut larger = profile.clone();
            larger.domains.extend(more.domains);
            larger.qualifications.extend(more.qualifications);
            larger.words.extend(more.words);
            let (few, many) = (reasons(&wanted, &profile), reasons(&wanted, &larger));
            prop_assert!(few.iter().all(|one| many.contains(one)));
        }
    }
}
