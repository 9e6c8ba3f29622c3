-- What a demand costs as an interval among all amounts, by the node of the interval tree that it belongs to (demands/money.rs): its
-- ends are places, of which the first, 1, stands for no money at all and the last for no upper end.
alter table demands add column money_low bigint;
alter table demands add column money_high bigint;
alter table demands add column money_node bigint;
update demands set money_low = coalesce(budget_from + 1, 1), money_high = coalesce(budget_to + 1, 18014398509481983)
    where (budget_from is not null or budget_to is not null)
    and coalesce(budget_from, 0) <= coalesce(budget_to, 18014398509481982);
update demands set money_node = (
    with recursive levels (level) as (select 0 union all select level + 1 from levels where level < 53)
    select (money_high >> max(level)) << max(level) from levels where (money_high >> level) <> ((money_low - 1) >> level))
    where money_low is not null;
drop index demands_money_from;
drop index demands_money_to;
create index demands_money_low on demands (money_node, money_low, id) where listed_at is not null;
create index demands_money_high on demands (money_node, money_high, id) where listed_at is not null;
