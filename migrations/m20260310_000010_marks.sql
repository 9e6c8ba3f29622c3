-- Lists of demands go along words and marks alone, and are looked through where few are about such money. What stands on their
-- shelves has fewer marks: it is taken down, and put there anew by the server at its start.
delete from search_words where shelf in (3, 4, 5);
delete from search_texts where shelf in (3, 4, 5);
drop index demands_order;
drop index demands_listed;
create index demands_money_from on demands (budget_from, budget_to, id) where listed_at is not null;
create index demands_money_to on demands (budget_to, budget_from, id) where listed_at is not null;
