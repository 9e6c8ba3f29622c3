-- Questions fall due, and are settled by an answer or by a recorded reason why there is none.
alter table questions add column answer_due_at {instant};
alter table questions add column declined_at {instant};
alter table questions add column declined_because text;
alter table challenges add column open_questions integer not null default 0;
update challenges set open_questions = (
    select count(*) from questions where questions.challenge_id = challenges.id and questions.answered_at is null
);
create index questions_unsettled on questions (id) where answered_at is null and declined_at is null;

-- An amendment keeps what it changed, field by field. A bid knows how many material ones its bidder had before it.
alter table amendments add column changes text;
alter table challenges add column material_amendments integer not null default 0;
alter table challenges add column replacing_amendment integer not null default 0;
alter table bids add column amendments_seen integer not null default 0;
alter table bids add column amendments_answered integer not null default 0;
alter table indicators add column amended_at {instant};
alter table criteria add column amended_at {instant};

-- Site visits and data samples: to all, or not at all.
create table offers (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    kind text not null,
    description text not null,
    whereabouts text not null,
    takes_place_at {instant},
    offered_by {uuid} not null references users (id),
    offered_at {instant} not null,
    constraint offers_kind check (kind in ('SITE_VISIT', 'DATA_SAMPLE'))
);
create index offers_challenge on offers (challenge_id, id);
