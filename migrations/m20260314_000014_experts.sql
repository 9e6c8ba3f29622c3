-- The pool of experts: what each says of itself, and that an organizer has confirmed it.
create table experts (
    id {uuid} primary key,
    user_id {uuid} not null references users (id),
    title text not null,
    years integer not null,
    phone text not null,
    unavailable_until text,
    version integer not null,
    joined_at {instant} not null,
    stated_by {uuid} not null references users (id),
    stated_at {instant} not null,
    confirmed_at {instant},
    confirmed_by {uuid} references users (id)
);
create unique index experts_user on experts (user_id);

create table expert_fields (
    expert_id {uuid} not null references experts (id),
    domain {word} not null,
    primary key (expert_id, domain)
){keyed};
create index expert_fields_domain on expert_fields (domain, expert_id);

-- What stands between an expert and an organization or a person: by its id where it is registered here, by a name in the one form in
-- which names are compared otherwise.
create table expert_relations (
    id {uuid} primary key,
    expert_id {uuid} not null references experts (id),
    kind {word} not null,
    organization_id {uuid} references organizations (id),
    name text not null,
    name_form {word} not null,
    from_day text not null,
    to_day text,
    note text,
    recorded_by {uuid} not null references users (id),
    recorded_at {instant} not null,
    confirmed_by {uuid} references users (id),
    ended_by {uuid} references users (id),
    ended_because text
);
create index expert_relations_expert on expert_relations (expert_id, id);

-- When a candidate was drawn and when the review was over for it: what an expert carries, and has carried.
alter table draw_candidates add column drawn_at {instant};
alter table draw_candidates add column released_at {instant};
update draw_candidates set drawn_at = (select min(s.seated_at) from panel_seats s
    where s.challenge_id = draw_candidates.challenge_id and s.user_id = draw_candidates.user_id);
update draw_candidates set released_at = coalesce(
    (select min(coalesce(s.stepped_aside_at, s.replaced_at)) from panel_seats s
        where s.challenge_id = draw_candidates.challenge_id and s.user_id = draw_candidates.user_id),
    (select p.closed_at from panels p where p.challenge_id = draw_candidates.challenge_id),
    (select p.drawn_at from panels p join challenges c on c.id = p.challenge_id
        where p.challenge_id = draw_candidates.challenge_id and c.status in ('CANCELLED', 'FAILED', 'TERMINATED')))
    where drawn_at is not null;
create index draw_candidates_drawn on draw_candidates (user_id, drawn_at) where drawn_at is not null;

-- Who came after those who left, step by step, so that the whole can be run again.
create table panel_steps (
    challenge_id {uuid} not null references challenges (id),
    step integer not null,
    at {instant} not null,
    excluded text not null,
    departed text not null,
    seated text not null,
    primary key (challenge_id, step)
);
