//! The house: floors downwards only, and each word of the trade in its room. Reads `use` lines and paths against a table.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the platform, lowest floor first; a module may name what stands before it, and those on its own line.
const FLOORS: [&[&str]; 16] = [
    &["base"],
    &["db", "events", "access", "keys", "files", "app"],
    &["organizations", "accounts", "search"],
    &["calendar", "rules", "experts", "eligibility"],
    &["capabilities"],
    &["demands"],
    &["challenges"],
    &["bids"],
    &["reviews"],
    &["awards"],
    &["projects"],
    &["library"],
    &["targets"],
    &["opendata"],
    &["timers", "outside", "rehearsal"],
    &["matrix", "testing"],
];

/// Arrows that the table would forbid, each with its reason.
const EXCEPTIONS: [(&str, &str); 1] = [
    // `App` holds the password hasher and the sign-in throttle: they are state of the process, like the pool.
    ("app.rs", "accounts"),
];

fn platform() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend/platform/src")
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(platform()).unwrap_or(&path).display().to_string();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// Lines that are code: no comments, nothing behind `#[cfg(test)]`.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod").unwrap_or(text.len());
    text[..end]
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(i, line)| (i + 1, line))
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules of this crate that a line names: `crate::x`, and the heads of `use crate::{x, y::z}`.
fn named(line: &str) -> Vec<&str> {
    let heads = line.match_indices("crate::").flat_map(|(at, _)| {
        let rest = &line[at + "crate::".len()..];
        let parts: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split(',').collect(),
            None => vec![rest],
        };
        parts.into_iter().map(|part| part.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
    });
    heads.filter(|head| floor(head).is_some()).collect()
}

#[test]
fn slices_know_only_those_below() {
    let mut wrong = Vec::new();
    for (name, text) in files(&platform()) {
        let module = name.split(['/', '.']).next().unwrap();
        let Some(own) = floor(module) else {
            assert_eq!(module, "lib", "{name} has no floor: add it to the table");
            continue;
        };
        if name.ends_with("tests.rs") {
            continue;
        }
        for (line, code) in code(&text) {
            for other in named(code) {
                let excepted = EXCEPTIONS.contains(&(name.as_str(), other));
                if floor(other).unwrap() > own && !excepted {
                    wrong.push(format!("{name}:{line} names {other}, which lies above"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_database_is_named_only_where_rows_are() {
    let mut wrong = Vec::new();
    for (name, text) in files(&platform()) {
        let room = name.starts_with("db/")
            || name.starts_with("events/")
            || ["store.rs", "read.rs", "model.rs", "testing.rs"].iter().any(|file| name.ends_with(file));
        for (line, code) in code(&text) {
            if !room && (code.contains("sea_orm") || code.contains("sqlx")) {
                wrong.push(format!("{name}:{line} names the database"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policy_is_pure() {
    for (name, text) in files(&platform().join("access")) {
        for (line, code) in code(&text) {
            for word in ["async ", ".await", "sea_orm", "crate::db", "crate::events", "base::Clock"] {
                assert!(!code.contains(word), "{name}:{line} is not pure: {word}");
            }
        }
    }
}

#[test]
fn facts_have_one_maker_each() {
    let all = files(&platform());
    let policy = all.iter().filter(|(name, _)| name.starts_with("access/"));
    let mut known = 0;
    for facts in policy.flat_map(|(_, text)| text.lines().filter_map(|line| line.strip_prefix("pub struct "))) {
        let facts = facts.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        if !facts.ends_with("Facts") {
            continue;
        }
        known += 1;
        let literal = format!("{facts} {{");
        // The table of rights makes those of things that it shows no row of; targets count facts of their own.
        let shown = ["ChallengeFacts", "BidFacts", "DemandFacts"].contains(&facts);
        let elsewhere = |name: &str| {
            name.starts_with("access/")
                || (name.starts_with("matrix/") && !shown)
                || (name.starts_with("targets/") && name != "targets/store.rs")
        };
        let makers: Vec<_> = all
            .iter()
            .filter(|(name, _)| !elsewhere(name))
            .flat_map(|(name, text)| {
                code(text)
                    .filter(|(_, line)| line.contains(&literal) && !line.contains("->") && !line.contains("struct"))
                    .map(move |(line, _)| format!("{name}:{line}"))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(makers.len(), 1, "{facts} is made at {makers:?}");
    }
    assert!(known >= 18, "only {known} kinds of facts");
}

#[test]
fn the_platform_knows_no_door() {
    let manifest = fs::read_to_string(platform().join("../Cargo.toml")).unwrap();
    for door in ["async-graphql", "poem", "hyper", "clap"] {
        assert!(!manifest.contains(door), "the platform depends on {door}");
    }
}

#[test]
fn every_member_keeps_the_lints_and_a_release_unwinds() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(top.join(path)).unwrap();
    let workspace = read("Cargo.toml");
    let members = workspace.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    let members: Vec<_> = members.trim_end_matches(']').split(", ").map(|member| member.trim_matches('"')).collect();
    assert!(members.len() >= 4, "{members:?}");
    for member in members {
        assert!(read(&format!("{member}/Cargo.toml")).contains("\n[lints]\nworkspace = true\n"), "{member}");
    }
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    assert!(workspace.contains("[profile.release]\npanic = \"unwind\"\n"));
    // What answers requests neither unwraps nor indexes; tests may.
    for root in ["platform/src/lib.rs", "server/src/lib.rs", "server/src/main.rs"] {
        let text = read(&format!("backend/{root}"));
        for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing", "string_slice", "unreachable"] {
            assert!(text.contains(&format!("        clippy::{lint}")), "{root}: {lint}");
        }
    }
}

#[test]
fn every_reason_and_fault_is_used() {
    let words = fs::read_to_string(platform().join("base/error.rs")).unwrap();
    let doors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend/server/src");
    let all: String = [platform(), doors].iter().flat_map(|folder| files(folder)).map(|(_, text)| text).collect();
    for list in ["Reason", "FaultCode"] {
        let (_, rest) = words.split_once(&format!("pub enum {list} {{")).unwrap();
        let variants = rest.split('}').next().unwrap().lines().filter_map(|line| line.trim().split_once(" = "));
        for (variant, _) in variants {
            let used = all
                .match_indices(&format!("{list}::{variant}"))
                .any(|(at, found)| !all[at + found.len()..].starts_with(|next: char| next.is_alphanumeric()));
            assert!(used, "nothing says {list}::{variant}");
        }
    }
}
