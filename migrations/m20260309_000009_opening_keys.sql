-- What the shares of opening keys are encrypted to. A key that was replaced stays: shares made before are opened with it.
create table opening_keys (
    recipient text primary key,
    user_id {uuid} not null references users (id),
    derivation text,
    wrapped {bytes},
    registered_at {instant} not null,
    replaced_at {instant},
    constraint opening_keys_kept check ((derivation is null) = (wrapped is null))
);
create unique index opening_keys_current on opening_keys (user_id) where replaced_at is null;

-- A seal whose key the organizers hold has none that is wrapped until the opening.
create table seals (
    challenge_id {uuid} primary key references challenges (id),
    mode text not null,
    recipient text not null,
    wrapped_identity {bytes},
    closing_nonce {bytes},
    closing_root text,
    waiting_share text,
    waiting_from {uuid} references users (id),
    reshare_waiting text,
    reshare_from {uuid} references users (id),
    escrow_recipient text,
    escrowed text,
    escrow_announced_by {uuid} references users (id),
    constraint seals_mode check (mode in ('SERVER', 'ORGANIZERS')),
    constraint seals_wrapped check (mode <> 'SERVER' or wrapped_identity is not null),
    constraint seals_waiting check ((waiting_share is null) = (waiting_from is null)),
    constraint seals_reshare check ((reshare_waiting is null) = (reshare_from is null)),
    constraint seals_escrow check ((escrow_recipient is null) = (escrowed is null))
);
insert into seals (challenge_id, mode, recipient, wrapped_identity, closing_nonce, closing_root)
select challenge_id, mode, recipient, wrapped_identity, closing_nonce, closing_root from challenge_seals;
drop table challenge_seals;

create table opening_shares (
    challenge_id {uuid} not null references challenges (id),
    holder_id {uuid} not null references users (id),
    recipient text not null references opening_keys (recipient),
    sealed text not null,
    sha256 text not null,
    primary key (challenge_id, holder_id)
);
create index opening_shares_recipient on opening_shares (recipient);
