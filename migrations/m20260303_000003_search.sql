-- Finding by words. Each word of each thing is a row, behind which things stand in the two orders of lists: by `due` and by `listed`, in
-- milliseconds since 1970. What is searched is kept as it is spelled for this, since no engine can spell. What is not there yet is put
-- there by the server at its start.

create table search_texts (
    id {uuid} primary key,
    shelf integer not null,
    due {long} not null,
    listed {long} not null,
    text text not null,
    marks text not null
);

create table search_words (
    shelf integer not null,
    word {word} not null,
    due {long} not null,
    id {uuid} not null,
    listed {long} not null,
    primary key (shelf, word, due, id)
){keyed};
create index search_words_listed on search_words (shelf, word, listed, id);

-- The orders of the list of challenges, with what it may be narrowed by: no page reads rows to find that they are not of it.
drop index challenges_by_deadline;
drop index challenges_by_publication;
create index challenges_due on challenges (listed_deadline, id, budget_total) where published_at is not null;
create index challenges_listed on challenges (listed_at, id, budget_total, listed_deadline) where published_at is not null;
create index challenges_status_due on challenges (status, listed_deadline, id, budget_total) where published_at is not null;
create index challenges_status_listed on challenges (status, listed_at, id, budget_total, listed_deadline) where published_at is not null;
create index challenges_money on challenges (budget_total, id) where published_at is not null;
create index challenges_unpublished_due on challenges (listed_deadline, id) where published_at is null;
create index challenges_unpublished_listed on challenges (listed_at, id) where published_at is null
