-- Lists of demands go along words and marks alone, and are looked through where few are about such money. Those that stand on their
-- shelves without the mark that all bear are put there anew by the server at its start.
drop index demands_order;
drop index demands_listed;
create index demands_money_from on demands (budget_from, budget_to, id) where listed_at is not null;
create index demands_money_to on demands (budget_to, budget_from, id) where listed_at is not null;
