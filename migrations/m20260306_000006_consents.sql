-- A consent is to one set of members: whom the draft names now, and who was in what was handed in last.
alter table consortium_consents add column named boolean not null default true;
alter table consortium_consents add column handed_in boolean not null default false;
update consortium_consents set handed_in = true
where agreed = true and bid_id in (select id from bids where submitted_at is not null);
