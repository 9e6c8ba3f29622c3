-- Why a judge gives a bid no mark at all: which is no zero.
alter table score_sheets add column abstained_why text;
-- Why a total lies far from the panel's, in its judge's words once the round has ended.
alter table score_sheets add column explained text;
alter table score_sheets add column explained_at {instant};
-- A total follows from the marks and, where a formula gives one, from the bids that still count.
alter table score_sheets drop column total;

-- What a judge signs of the review, and what it says against it.
alter table panel_seats add column signed_at {instant};
alter table panel_seats add column dissent text;

-- The round in which the panel talks, and who leads it.
alter table panels add column consensus_at {instant};
-- When it last began to talk, whether or not it still does: who sat then has read what the others gave.
alter table panels add column talked_at {instant};
alter table panels add column chair_id {uuid} references panel_seats (id);
create table consensus_sheets (
    bid_id {uuid} primary key references bids (id),
    challenge_id {uuid} not null references challenges (id),
    seat_id {uuid} not null references panel_seats (id),
    marks text not null,
    remark text,
    submitted_at {instant} not null
);
create index consensus_sheets_challenge on consensus_sheets (challenge_id);

-- What stands beside the ranking that decides, and why there is no normalised one where there is none.
alter table panels add column unnormalised text;
alter table panels add column decided_by text;
-- What the raw ranking would be without each judge, as JSON: reckoned with the draw's seed, which is not out yet.
alter table panels add column stability text;
-- What was closed before was ranked by raw scores, and standard ones were not reckoned.
update panels set decided_by = 'RAW', unnormalised = 'not_reckoned' where closed_at is not null;
create table rankings_beside (
    challenge_id {uuid} not null references challenges (id),
    basis text not null,
    bid_id {uuid} not null references bids (id),
    rank integer not null,
    score_sum {long} not null,
    score_count integer not null,
    passed boolean not null,
    tie_broken_by text,
    primary key (challenge_id, basis, bid_id),
    constraint rankings_beside_rank unique (challenge_id, basis, rank)
);

-- A bid that falls takes two people, as a formal failure does.
create table disqualifications (
    bid_id {uuid} primary key references bids (id),
    why text not null,
    found_by {uuid} not null references users (id),
    found_at {instant} not null,
    confirmed_why text,
    confirmed_by {uuid} references users (id),
    confirmed_at {instant}
);
