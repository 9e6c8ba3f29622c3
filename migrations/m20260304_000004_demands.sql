-- The demand pool and the capability list. Words, domains and kinds of qualifications stand in rows of their own, so that an index
-- finds who matches a demand and nobody else is looked at.

create table capabilities (
    id {uuid} primary key,
    organization_id {uuid} not null references organizations (id),
    title text not null,
    description text not null,
    version integer not null,
    created_at {instant} not null
);
create index capabilities_organization on capabilities (organization_id, id);

create table capability_domains (
    capability_id {uuid} not null references capabilities (id),
    domain text not null,
    organization_id {uuid} not null references organizations (id),
    primary key (capability_id, domain)
);
create index capability_domains_domain on capability_domains (domain, organization_id);

create table capability_words (
    capability_id {uuid} not null references capabilities (id),
    word text not null,
    organization_id {uuid} not null references organizations (id),
    primary key (capability_id, word)
);
create index capability_words_word on capability_words (word, organization_id);
create index capability_words_organization on capability_words (organization_id, word);

create index qualifications_kind on qualifications (kind, organization_id);

create table release_counters (
    year integer primary key,
    last integer not null
);

create table release_batches (
    id {uuid} primary key,
    code text not null,
    year integer not null,
    number integer not null,
    title text not null,
    released_at {instant} not null,
    released_by {uuid} not null references users (id),
    constraint release_batches_code unique (code),
    constraint release_batches_number unique (year, number)
);

create table demands (
    id {uuid} primary key,
    title text not null,
    domain text,
    scale text,
    site text not null,
    pain_points text not null,
    content text not null,
    goals text not null,
    open_resources text not null,
    technical_requirements text not null,
    cooperation text,
    budget_from {long},
    budget_to {long},
    schedule text not null,
    contact text not null,
    status text not null,
    round integer not null,
    decided_round integer not null,
    reason text,
    department_id {uuid} not null references organizations (id),
    author_id {uuid} not null references users (id),
    created_at {instant} not null,
    submitted_at {instant},
    listed_at {instant},
    ordered_at {instant} not null,
    batch_id {uuid} references release_batches (id),
    merged_into {uuid} references demands (id),
    version integer not null
);
create index demands_order on demands (ordered_at, id);
create index demands_listed on demands (ordered_at, id) where listed_at is not null;
create index demands_department on demands (department_id, ordered_at, id);
create index demands_batch on demands (batch_id, id);
create index demands_merged on demands (merged_into, id);

create table demand_words (
    demand_id {uuid} not null references demands (id),
    word text not null,
    position integer not null,
    primary key (demand_id, word)
);

create table demand_qualifications (
    demand_id {uuid} not null references demands (id),
    kind text not null,
    position integer not null,
    primary key (demand_id, kind)
);

create table demand_experts (
    demand_id {uuid} not null references demands (id),
    round integer not null,
    user_id {uuid} not null references users (id),
    asked_at {instant} not null,
    asked_by {uuid} not null references users (id),
    primary key (demand_id, round, user_id)
);
create index demand_experts_user on demand_experts (user_id, demand_id);

create table opinions (
    id {uuid} primary key,
    demand_id {uuid} not null references demands (id),
    round integer not null,
    author_id {uuid} not null references users (id),
    giver text not null,
    verdict text not null,
    reasons text not null,
    at {instant} not null,
    constraint opinions_once unique (demand_id, round, author_id)
);
create index opinions_demand on opinions (demand_id, id);

create table interests (
    id {uuid} primary key,
    demand_id {uuid} not null references demands (id),
    organization_id {uuid} not null references organizations (id),
    note text not null,
    registered_at {instant} not null,
    registered_by {uuid} not null references users (id),
    withdrawn_at {instant},
    constraint interests_once unique (demand_id, organization_id)
);
create index interests_demand on interests (demand_id, id);
create index interests_organization on interests (organization_id, id);

create table invitations (
    id {uuid} primary key,
    demand_id {uuid} not null references demands (id),
    organization_id {uuid} not null references organizations (id),
    message text not null,
    at {instant} not null,
    invited_by {uuid} not null references users (id),
    constraint invitations_once unique (demand_id, organization_id)
);
create index invitations_demand on invitations (demand_id, id);
create index invitations_organization on invitations (organization_id, id);
