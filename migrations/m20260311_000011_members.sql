-- The people of an organization that bids, how far each acts for it, and the programs that act for them. Who acted for one until now
-- goes on to, in full.
alter table users add column member_right text;
alter table users add column removed_at {instant};
update users set member_right = 'OWNER' where roles like '%"BIDDER"%';
drop index users_organization;
create index users_organization on users (organization_id, id);

create table member_invitations (
    id {uuid} primary key,
    organization_id {uuid} not null references organizations (id),
    member_right text not null,
    note text not null,
    code_hash {bytes} not null,
    invited_by {uuid} not null references users (id),
    created_at {instant} not null,
    expires_at {instant} not null,
    accepted_by {uuid} references users (id),
    accepted_at {instant},
    revoked_at {instant},
    constraint member_invitations_code unique (code_hash)
);
create index member_invitations_organization on member_invitations (organization_id, id);

create table api_tokens (
    id {uuid} primary key,
    user_id {uuid} not null references users (id),
    name text not null,
    scope text not null,
    hash {bytes} not null,
    created_at {instant} not null,
    expires_at {instant} not null,
    last_used_at {instant},
    revoked_at {instant},
    constraint api_tokens_hash unique (hash)
);
create index api_tokens_user on api_tokens (user_id, id);
