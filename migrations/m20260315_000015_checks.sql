-- A failure that one organizer has found waits for another to find it too.
create table formal_findings (
    bid_id {uuid} primary key references bids (id),
    items text not null,
    found_by {uuid} not null references users (id),
    at {instant} not null
);
alter table formal_checks add column first_found_by {uuid} references users (id);
alter table formal_checks add column first_items text;

-- The one round in which a bid's form, and nothing else, may be corrected.
create table corrections (
    bid_id {uuid} primary key references bids (id),
    asked text not null,
    asked_by {uuid} not null references users (id),
    asked_at {instant} not null,
    due_at {instant} not null,
    found_by {uuid} not null references users (id),
    found_items text not null,
    answers text,
    answered_by {uuid} references users (id),
    answered_at {instant}
);

-- Of which challenge, that found no winner, this is a copy.
alter table challenges add column rerun_of {uuid} references challenges (id);
create index challenges_rerun on challenges (rerun_of) where rerun_of is not null;
