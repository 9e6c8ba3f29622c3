-- A second factor (TOTP). Secrets are wrapped under the server's key together with whose they are, recovery codes are kept as
-- HMACs, and the last step that was used is kept so that no code is good twice.

alter table users add column totp_secret {bytes};
alter table users add column totp_step {long};
alter table users add column totp_pending {bytes};

create table recovery_codes (
    digest {bytes} primary key,
    user_id {uuid} not null references users (id),
    used_at {instant}
);
create index recovery_codes_user on recovery_codes (user_id);
