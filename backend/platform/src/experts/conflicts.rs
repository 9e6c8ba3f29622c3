//! What stands between an expert and a challenge, as far as data can tell (招标投标法实施条例 46, domain rules 2.7). Pure. What only the
//! expert knows is asked for in the declaration.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::base::id::{OrganizationId, UserId};
use crate::base::words::{ConflictCode, RelationKind};

/// What is known of an expert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The account.
    pub user: UserId,
    /// The expert's own name, in the one form.
    pub name: String,
    /// For which organization it acts now.
    pub organization: Option<OrganizationId>,
    /// What stands between it, or its family, and others.
    pub relations: Vec<Relation>,
}

/// Something that stands, or stood, between an expert and an organization or a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// What it is.
    pub kind: RelationKind,
    /// The organization, where it is registered here.
    pub organization: Option<OrganizationId>,
    /// The name of the organization or person, in the one form.
    pub name: String,
    /// The last day; none: until further notice.
    pub until: Option<NaiveDate>,
}

/// Who stands on the other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// The demander, the leads and the members of the bids.
    pub parties: BTreeSet<OrganizationId>,
    /// Their names, in the one form.
    pub names: BTreeSet<String>,
    /// What is under common control with one of them.
    pub tied: BTreeSet<OrganizationId>,
    /// The principal investigators of the bids, by name in the one form.
    pub investigators: BTreeSet<String>,
    /// Who wrote or argued the demand, or acted on the challenge.
    pub acted: BTreeSet<UserId>,
}

/// Everything that keeps the expert from the challenge on this day; `years` is the look-back of what has one.
pub fn conflicts(expert: &Profile, sides: &Sides, today: NaiveDate, years: u32) -> BTreeSet<ConflictCode> {
    let since = back(today, years);
    let mut found = BTreeSet::new();
    if expert.organization.is_some_and(|own| sides.parties.contains(&own)) {
        found.insert(ConflictCode::SameOrg);
    }
    if expert.organization.is_some_and(|own| sides.tied.contains(&own)) {
        found.insert(ConflictCode::SameControl);
    }
    if sides.acted.contains(&expert.user) {
        found.insert(ConflictCode::DemandAuthor);
    }
    if sides.investigators.contains(&expert.name) {
        found.insert(ConflictCode::BidderInSameList);
    }
    for relation in &expert.relations {
        let running = relation.until.is_none_or(|until| until >= today);
        let recent = relation.until.is_none_or(|until| until >= since);
        let tied = relation.organization.is_some_and(|other| sides.tied.contains(&other));
        let concerns = relation.organization.is_some_and(|other| sides.parties.contains(&other))
            || sides.names.contains(&relation.name)
            || sides.investigators.contains(&relation.name);
        if running && tied && relation.kind == RelationKind::Employed {
            found.insert(ConflictCode::SameControl);
        }
        if !concerns {
            continue;
        }
        match relation.kind {
            RelationKind::Employed if running => drop(found.insert(ConflictCode::SameOrg)),
            RelationKind::Employed if recent => drop(found.insert(ConflictCode::Employed3Y)),
            RelationKind::DirectorShareholder if recent => drop(found.insert(ConflictCode::DirectorShareholder)),
            RelationKind::Cooperation if recent => drop(found.insert(ConflictCode::Cooperation3Y)),
            RelationKind::Dispute if recent => drop(found.insert(ConflictCode::Dispute3Y)),
            RelationKind::Kinship => drop(found.insert(ConflictCode::Kinship)),
            RelationKind::TeacherStudent => drop(found.insert(ConflictCode::TeacherStudent)),
            RelationKind::Employed
            | RelationKind::DirectorShareholder
            | RelationKind::Cooperation
            | RelationKind::Dispute => {}
        }
    }
    found
}

/// The same day so many years before; of 29 February the 28th.
fn back(day: NaiveDate, years: u32) -> NaiveDate {
    let year = day.year().saturating_sub(i32::try_from(years).unwrap_or(i32::MAX));
    day.with_year(year).or_else(|| day.pred_opt()?.with_year(year)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;
    use crate::experts::draw::{Candidate, draw};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn expert(organization: Option<OrganizationId>, relations: Vec<Relation>) -> Profile {
        Profile { user: user(1), name: "王明".into(), organization, relations }
    }

    fn relation(kind: RelationKind, name: &str, until: Option<&str>) -> Relation {
        Relation { kind, organization: None, name: name.into(), until: until.map(day) }
    }

    fn sides() -> Sides {
        Sides {
            parties: BTreeSet::from([organization(10), organization(20)]),
            names: BTreeSet::from(["甲局".into(), "乙公司".into()]),
            tied: BTreeSet::from([organization(30)]),
            investigators: BTreeSet::from(["李总".into()]),
            acted: BTreeSet::from([user(9)]),
        }
    }

    #[test]
    fn every_code_has_its_case_and_its_last_day() {
        use ConflictCode as Code;
        use RelationKind as Of;
        let found =
            |expert: &Profile| -> Vec<Code> { conflicts(expert, &sides(), day("2026-03-02"), 3).into_iter().collect() };
        let with = |kind, name: &str, until: Option<&str>| found(&expert(None, vec![relation(kind, name, until)]));
        assert_eq!(found(&expert(Some(organization(40)), vec![])), []);
        assert_eq!(found(&expert(Some(organization(20)), vec![])), [Code::SameOrg]);
        assert_eq!(found(&expert(Some(organization(30)), vec![])), [Code::SameControl]);
        assert_eq!(found(&Profile { user: user(9), ..expert(None, vec![]) }), [Code::DemandAuthor]);
        assert_eq!(found(&Profile { name: "李总".into(), ..expert(None, vec![]) }), [Code::BidderInSameList]);
        assert_eq!(with(Of::Employed, "乙公司", None), [Code::SameOrg]);
        assert_eq!(with(Of::Employed, "乙公司", Some("2026-03-02")), [Code::SameOrg]);
        assert_eq!(with(Of::Employed, "乙公司", Some("2026-03-01")), [Code::Employed3Y]);
        for (kind, code) in [
            (Of::Employed, Code::Employed3Y),
            (Of::DirectorShareholder, Code::DirectorShareholder),
            (Of::Cooperation, Code::Cooperation3Y),
            (Of::Dispute, Code::Dispute3Y),
        ] {
            assert_eq!(with(kind, "乙公司", Some("2023-03-02")), [code], "{kind}");
            assert_eq!(with(kind, "乙公司", Some("2023-03-01")), [], "{kind}");
            assert_eq!(with(kind, "丙公司", None), [], "{kind}");
        }
        for (kind, code) in [(Of::Kinship, Code::Kinship), (Of::TeacherStudent, Code::TeacherStudent)] {
            assert_eq!(with(kind, "李总", Some("2000-01-01")), [code]);
            assert_eq!(with(kind, "甲局", None), [code]);
            assert_eq!(with(kind, "张三", None), []);
        }
        // By its id too, whatever it is called by now.
        let renamed = Relation { organization: Some(organization(10)), ..relation(Of::Cooperation, "旧名", None) };
        assert_eq!(found(&expert(None, vec![renamed])), [Code::Cooperation3Y]);
        let moonlights = Relation { organization: Some(organization(30)), ..relation(Of::Employed, "丁公司", None) };
        assert_eq!(found(&expert(None, vec![moonlights])), [Code::SameControl]);
    }

    #[test]
    fn a_leap_day_looks_back_to_the_day_before() {
        assert_eq!(back(day("2024-02-29"), 3), day("2021-02-28"));
        assert_eq!(back(day("2024-02-29"), 4), day("2020-02-29"));
        assert_eq!(back(day("2026-03-02"), 3), day("2023-03-02"));
    }

    fn relations() -> impl Strategy<Value = Vec<Relation>> {
        let one = (0..RelationKind::ALL.len(), prop::option::of(0u128..5), 0usize..4, prop::option::of(0i64..3_000));
        prop::collection::vec(one, 0..6).prop_map(|all| {
            let relation = |(kind, other, name, ago): (usize, Option<u128>, usize, Option<i64>)| Relation {
                kind: RelationKind::ALL[kind],
                organization: other.map(|number| organization(number * 10)),
                name: ["甲局", "乙公司", "李总", "丙"][name].into(),
                until: ago.map(|ago| day("2026-03-02") - chrono::TimeDelta::days(ago)),
            };
            all.into_iter().map(relation).collect()
        })
    }

    /// By the letter of the rules, sharing nothing with the code: whether this expert may not sit on 2 March 2026.
    fn stands_against(expert: &Profile) -> bool {
        let named = |relation: &Relation| {
            let here = relation.organization.is_some_and(|other| [10, 20].map(organization).contains(&other));
            here || ["甲局", "乙公司", "李总"].contains(&relation.name.as_str())
        };
        let own = expert.organization.is_some_and(|own| [10, 20, 30].map(organization).contains(&own));
        let related = expert.relations.iter().any(|relation| {
            let lasting = matches!(relation.kind, RelationKind::Kinship | RelationKind::TeacherStudent);
            let recent = relation.until.is_none_or(|until| until.to_string().as_str() >= "2023-03-02");
            let serves = relation.kind == RelationKind::Employed
                && relation.organization == Some(organization(30))
                && relation.until.is_none_or(|until| until.to_string().as_str() >= "2026-03-02");
            (named(relation) && (lasting || recent)) || serves
        });
        own || related
    }

    proptest! {
        #[test]
        fn no_conflicted_pair_is_ever_drawn(
            given in prop::collection::vec((0usize..5, 1u128..40, relations()), 10..40), seed: [u8; 32],
        ) {
            use crate::base::words::JudgeKind::{Economic, Legal, Technical, User};
            let kinds = [Technical, Technical, Economic, Legal, User];
            let pool: Vec<(Candidate, Profile)> = given
                .into_iter()
                .enumerate()
                .map(|(number, (kind, of, relations))| {
                    let candidate = Candidate {
                        pseudonym: format!("{number:032x}"),
                        kind: kinds[kind],
                        organization: format!("{of:032x}"),
                    };
                    // Most relations are with others than the parties of this challenge.
                    let relations = relations.into_iter().filter(|_| number % 3 == 0).collect();
                    (candidate, expert(Some(organization(of * 10)), relations))
                })
                .collect();
            let candidates: Vec<Candidate> = pool.iter().map(|(candidate, _)| candidate.clone()).collect();
            let out = |(candidate, expert): &(Candidate, Profile)| {
                let found = conflicts(expert, &sides(), day("2026-03-02"), 3);
                (!found.is_empty()).then(|| candidate.pseudonym.clone())
            };
            let excluded: BTreeSet<String> = pool.iter().filter_map(out).collect();
            if let Ok(drawn) = draw(&seed, &[], &candidates, &excluded, 5) {
                for (_, expert) in pool.iter().filter(|(candidate, _)| drawn.members.contains(candidate)) {
                    prop_assert!(!stands_against(expert), "{:?}", expert);
                }
            }
            // And nobody is kept away without a reason.
            for (candidate, expert) in &pool {
                prop_assert_eq!(excluded.contains(&candidate.pseudonym), stands_against(expert));
            }
        }

        #[test]
        fn more_never_lifts_a_conflict(relations in relations(), more in relations(), later in 0i64..2_000, years in 1u32..6) {
            let today = day("2026-03-02");
            let some = expert(None, relations.clone());
            let all = expert(None, relations.into_iter().chain(more).collect());
            let found = conflicts(&some, &sides(), today, years);
            prop_assert!(found.is_subset(&conflicts(&all, &sides(), today, years)));
            prop_assert!(conflicts(&some, &Sides::default(), today, years).is_empty());
            let keeps = |at, years| !conflicts(&some, &sides(), at, years).is_empty();
            // A longer look-back finds no less, a later day no more.
            prop_assert!(!keeps(today, years) || keeps(today, years + 1));
            prop_assert!(keeps(today, years) || !keeps(today + chrono::TimeDelta::days(later), years));
        }
    }
}
