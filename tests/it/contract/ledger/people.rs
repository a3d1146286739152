//! People are found and changed the same way by every engine.

use muster_core::domain::ids::{OrgId, OrgNo, ResponderId};
use muster_core::domain::name_search::{Sought, text_of};
use muster_core::domain::responder::{Skill, Skills, Standing, Travel};
use muster_core::ports::{
    Enrolment, LedgerError, PeopleQuery, PersonChange, Responder, Roster as _,
};

use super::support::{Engine, Town, town};

const PEOPLE: &[(&str, &str, Option<&str>, &[Skill])] = &[
    (
        "a1",
        "Änne Yıldız",
        Some("+49 (0)170 123 45 67"),
        &[Skill::Bls],
    ),
    (
        "a2",
        "anne yildiz",
        Some("0170/1234568"),
        &[Skill::Bls, Skill::Nurse],
    ),
    ("A3", "ANNE Yildiz", None, &[]),
    (
        "b-17",
        "Zoë Müller",
        Some("0049 30 5550100"),
        &[Skill::Doctor],
    ),
    (
        "b-18",
        "Zoe Mueller",
        Some("030 555-0101"),
        &[Skill::Doctor],
    ),
    ("c%_", "Søren 100% Straße", Some("112"), &[Skill::Bls]),
    ("d", "José", None, &[Skill::Nurse]),
    ("e", "Jose\u{301}", None, &[Skill::Paramedic]),
    ("f", "李小龍", Some("+86 10 5550 1234"), &[Skill::Bls]),
];
const TYPED: &[&str] = &[
    "",
    "anne",
    "ÄNNE yildiz",
    "yıldız a2",
    "muller",
    "Mueller",
    "zoe doctor",
    "%",
    "_",
    "100%",
    "strasse",
    "SOREN",
    "jose",
    "josé",
    "小",
    "0170 1234567",
    "+49 170 1234568",
    "555",
    "112",
    "17",
    "b-1",
    "nobody",
    "'",
    "\\",
];

async fn crowd<E: Engine>() -> Town<E> {
    let town = town::<E>(3).await;
    for (id, name, phone, skills) in PEOPLE {
        let who = Enrolment {
            id: ResponderId::from(*id),
            name: (*name).to_owned(),
            phone: phone.map(str::to_owned),
            skills: skills.iter().copied().collect(),
            travel: Travel::Foot,
            exercises: false,
        };
        town.ledger.enrol(town.org, who).await.unwrap();
    }
    for (id, standing) in [("a1", Standing::Verified), ("d", Standing::Suspended)] {
        let id = ResponderId::from(id);
        town.ledger
            .set_standing(town.org, &id, standing)
            .await
            .unwrap();
    }
    town
}

fn asked(typed: &str) -> PeopleQuery {
    PeopleQuery {
        sought: Sought::of(typed).unwrap(),
        limit: 100,
        ..PeopleQuery::default()
    }
}

async fn ids<E: Engine>(town: &Town<E>, asked: PeopleQuery) -> Vec<String> {
    let found = town.ledger.find(town.org, asked).await.unwrap();
    found.into_iter().map(|who| who.id.0).collect()
}

pub(super) async fn whoever_the_rule_finds_is_found_in_the_order_of_names<E: Engine>() {
    let town = crowd::<E>().await;
    let mut all = town.ledger.find(town.org, asked("")).await.unwrap();
    assert_eq!(all.len(), 12);
    let text = |who: &Responder| text_of(&who.name, &who.id.0, who.phone.as_deref());
    all.sort_by_key(|who| (text(who), who.id.0.clone()));
    for typed in TYPED {
        for skill in [None, Some(Skill::Bls), Some(Skill::Doctor)] {
            for standing in [None, Some(Standing::Verified), Some(Standing::Suspended)] {
                let expected: Vec<String> = all
                    .iter()
                    .filter(|who| {
                        let has = |skill| who.skills.iter().any(|own| own == skill);
                        Sought::of(typed).unwrap().finds(&text(who))
                            && skill.is_none_or(has)
                            && standing.is_none_or(|standing| who.standing == standing)
                    })
                    .map(|who| who.id.0.clone())
                    .collect();
                let query = |after: Option<String>, limit| PeopleQuery {
                    skill,
                    standing,
                    after,
                    limit,
                    ..asked(typed)
                };
                assert_eq!(ids(&town, query(None, 100)).await, expected, "{typed}");
                // the same by pages of two
                let (mut pages, mut after) = (Vec::new(), None);
                loop {
                    let page = ids(&town, query(after, 2)).await;
                    after = page.last().cloned();
                    pages.extend(page.iter().cloned());
                    if page.len() < 2 {
                        break;
                    }
                }
                assert_eq!(pages, expected, "{typed} by pages");
            }
        }
    }
    let foreign = town.ledger.org(&OrgId::from("elsewhere")).await.unwrap();
    assert!(
        town.ledger
            .find(foreign, asked(""))
            .await
            .unwrap()
            .is_empty()
    );
    let lost = PeopleQuery {
        after: Some("nobody".to_owned()),
        ..asked("")
    };
    let lost = town.ledger.find(town.org, lost).await;
    assert!(matches!(lost, Err(LedgerError::NotFound)));
}

pub(super) async fn a_change_holds_and_is_told<E: Engine>() {
    let town = crowd::<E>().await;
    let (ledger, org) = (&town.ledger, town.org);
    let id = ResponderId::from("r000");
    let before = ledger.responder(org, &id).await.unwrap();
    let version = async || {
        let all = ledger
            .profiles(muster_core::domain::ids::ResponderNo(0), 100)
            .await
            .unwrap();
        all.into_iter()
            .find(|p| p.responder == before.no)
            .unwrap()
            .version
    };
    let first = version().await;
    let change = PersonChange {
        name: Some("Ödön".to_owned()),
        phone: Some(Some("030 77".to_owned())),
        skills: Some([Skill::Doctor].into_iter().collect::<Skills>()),
        travel: Some(Travel::Car),
        exercises: Some(false),
    };
    let (who, profile) = ledger.amend(org, &id, change).await.unwrap();
    assert!(who == ledger.responder(org, &id).await.unwrap());
    assert_eq!((&*who.name, who.phone.as_deref()), ("Ödön", Some("030 77")));
    assert_eq!((profile.skills, profile.travel), (who.skills, Travel::Car));
    assert!(!profile.exercises && profile.available && profile.version > first);
    assert_eq!(profile.version, version().await);
    assert_eq!(ids(&town, asked("odon")).await, ["r000"]);
    let old = ids(&town, asked(&before.name)).await;
    assert!(
        !old.contains(&before.id.0),
        "the old name does not find them"
    );
    // what is absent stays, and nothing removes a telephone but the word
    let (who, _) = ledger
        .amend(org, &id, PersonChange::default())
        .await
        .unwrap();
    assert_eq!((&*who.name, who.travel), ("Ödön", Travel::Car));
    let gone = PersonChange {
        phone: Some(None),
        ..PersonChange::default()
    };
    let (who, _) = ledger.amend(org, &id, gone).await.unwrap();
    assert_eq!((&*who.name, who.phone), ("Ödön", None));
    for (org, id) in [(org, "nobody"), (OrgNo(org.0 + 1), "r000")] {
        let id = ResponderId::from(id);
        let nobody = ledger.amend(org, &id, PersonChange::default()).await;
        assert!(matches!(nobody, Err(LedgerError::NotFound)));
    }
}

pub(super) async fn whom_an_older_version_enrolled_is_found_after_a_start<E: Engine>() {
    let town = crowd::<E>().await;
    let expected = ids(&town, asked("")).await;
    town.engine.run("UPDATE responder SET search = ''").await;
    let mut town = town;
    town.ledger = town.engine.after_crash(&town.ledger).await;
    assert_eq!(ids(&town, asked("")).await, expected);
    assert_eq!(ids(&town, asked("anne yildiz")).await.len(), 3);
}
