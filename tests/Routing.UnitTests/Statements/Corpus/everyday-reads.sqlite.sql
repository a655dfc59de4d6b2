select * from customers where id = @id
;
SELECT id, name, email, country, created_at FROM customers WHERE id = @id LIMIT 1
;
select count(*) from customers
;
select id from customers order by id desc limit 20 offset 40
;
select t.name, count(*) as n from customers t group by t.name having count(*) > 1 order by n desc, 1
;
select exists (select 1 from customers where id = @id)
;
select min(id), max(id), count(distinct name) from customers
;
select distinct name from customers order by name
;
select * from customers where id in (1, 2, 3)
;
select * from customers where id not in (select id from customers where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from customers
;
-- newest rows first
select *
from customers
order by id desc
limit @take
;
select * from orders where id = @id
;
SELECT id, customer_id, status, total, created_at FROM orders WHERE id = @id LIMIT 1
;
select count(*) from orders
;
select id from orders order by id desc limit 20 offset 40
;
select t.customer_id, count(*) as n from orders t group by t.customer_id having count(*) > 1 order by n desc, 1
;
select exists (select 1 from orders where id = @id)
;
select min(id), max(id), count(distinct customer_id) from orders
;
select distinct customer_id from orders order by customer_id
;
select * from orders where id in (1, 2, 3)
;
select * from orders where id not in (select id from orders where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from orders
;
-- newest rows first
select *
from orders
order by id desc
limit @take
;
select * from products where id = @id
;
SELECT id, name, category_id, price FROM products WHERE id = @id LIMIT 1
;
select count(*) from products
;
select id from products order by id desc limit 20 offset 40
;
select t.name, count(*) as n from products t group by t.name having count(*) > 1 order by n desc, 1
;
select exists (select 1 from products where id = @id)
;
select min(id), max(id), count(distinct name) from products
;
select distinct name from products order by name
;
select * from products where id in (1, 2, 3)
;
select * from products where id not in (select id from products where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from products
;
-- newest rows first
select *
from products
order by id desc
limit @take
;
select * from payments where id = @id
;
SELECT id, order_id, amount, method, paid_at FROM payments WHERE id = @id LIMIT 1
;
select count(*) from payments
;
select id from payments order by id desc limit 20 offset 40
;
select t.order_id, count(*) as n from payments t group by t.order_id having count(*) > 1 order by n desc, 1
;
select exists (select 1 from payments where id = @id)
;
select min(id), max(id), count(distinct order_id) from payments
;
select distinct order_id from payments order by order_id
;
select * from payments where id in (1, 2, 3)
;
select * from payments where id not in (select id from payments where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from payments
;
-- newest rows first
select *
from payments
order by id desc
limit @take
;
select * from categories where id = @id
;
SELECT id, parent_id, name FROM categories WHERE id = @id LIMIT 1
;
select count(*) from categories
;
select id from categories order by id desc limit 20 offset 40
;
select t.parent_id, count(*) as n from categories t group by t.parent_id having count(*) > 1 order by n desc, 1
;
select exists (select 1 from categories where id = @id)
;
select min(id), max(id), count(distinct parent_id) from categories
;
select distinct parent_id from categories order by parent_id
;
select * from categories where id in (1, 2, 3)
;
select * from categories where id not in (select id from categories where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from categories
;
-- newest rows first
select *
from categories
order by id desc
limit @take
;
select * from order_items where id = @id
;
SELECT id, order_id, product_id, quantity, unit_price FROM order_items WHERE id = @id LIMIT 1
;
select count(*) from order_items
;
select id from order_items order by id desc limit 20 offset 40
;
select t.order_id, count(*) as n from order_items t group by t.order_id having count(*) > 1 order by n desc, 1
;
select exists (select 1 from order_items where id = @id)
;
select min(id), max(id), count(distinct order_id) from order_items
;
select distinct order_id from order_items order by order_id
;
select * from order_items where id in (1, 2, 3)
;
select * from order_items where id not in (select id from order_items where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from order_items
;
-- newest rows first
select *
from order_items
order by id desc
limit @take
;
select * from employees where id = @id
;
SELECT id, manager_id, name, salary, department FROM employees WHERE id = @id LIMIT 1
;
select count(*) from employees
;
select id from employees order by id desc limit 20 offset 40
;
select t.manager_id, count(*) as n from employees t group by t.manager_id having count(*) > 1 order by n desc, 1
;
select exists (select 1 from employees where id = @id)
;
select min(id), max(id), count(distinct manager_id) from employees
;
select distinct manager_id from employees order by manager_id
;
select * from employees where id in (1, 2, 3)
;
select * from employees where id not in (select id from employees where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from employees
;
-- newest rows first
select *
from employees
order by id desc
limit @take
;
select * from events where id = @id
;
SELECT id, kind, payload, at FROM events WHERE id = @id LIMIT 1
;
select count(*) from events
;
select id from events order by id desc limit 20 offset 40
;
select t.kind, count(*) as n from events t group by t.kind having count(*) > 1 order by n desc, 1
;
select exists (select 1 from events where id = @id)
;
select min(id), max(id), count(distinct kind) from events
;
select distinct kind from events order by kind
;
select * from events where id in (1, 2, 3)
;
select * from events where id not in (select id from events where id < 5)
;
select coalesce(max(id), 0) + 1 as next_guess from events
;
-- newest rows first
select *
from events
order by id desc
limit @take
;
select * from stock where product_id = @id
;
SELECT product_id, warehouse, quantity FROM stock WHERE product_id = @id LIMIT 1
;
select count(*) from stock
;
select product_id from stock order by product_id desc limit 20 offset 40
;
select t.warehouse, count(*) as n from stock t group by t.warehouse having count(*) > 1 order by n desc, 1
;
select exists (select 1 from stock where product_id = @id)
;
select min(product_id), max(product_id), count(distinct warehouse) from stock
;
select distinct warehouse from stock order by warehouse
;
select * from stock where product_id in (1, 2, 3)
;
select * from stock where product_id not in (select product_id from stock where product_id < 5)
;
select coalesce(max(product_id), 0) + 1 as next_guess from stock
;
-- newest rows first
select *
from stock
order by product_id desc
limit @take
;
select id, created_at from orders where (created_at, id) < (@last, @id) order by created_at desc, id desc limit 50
;
select id, created_at from orders where created_at > @last or (created_at = @last and id > @id) order by created_at, id limit 50
;
select * from (select o.*, row_number() over (order by o.created_at desc, o.id) as rn from orders o) x where x.rn between 21 and 40
;
select id, total from orders where (total, id) < (@last, @id) order by total desc, id desc limit 50
;
select id, total from orders where total > @last or (total = @last and id > @id) order by total, id limit 50
;
select * from (select o.*, row_number() over (order by o.total desc, o.id) as rn from orders o) x where x.rn between 21 and 40
;
select id, status from orders where (status, id) < (@last, @id) order by status desc, id desc limit 50
;
select id, status from orders where status > @last or (status = @last and id > @id) order by status, id limit 50
;
select * from (select o.*, row_number() over (order by o.status desc, o.id) as rn from orders o) x where x.rn between 21 and 40
;
select o.id, c.name from orders o join customers c on c.id = o.customer_id where o.status = 'paid'
;
select c.name, sum(i.quantity * i.unit_price) as revenue from customers c join orders o on o.customer_id = c.id join order_items i on i.order_id = o.id group by c.id, c.name order by revenue desc
;
select p.name, cat.name as category from products p join categories cat on cat.id = p.category_id order by cat.name, p.name
;
select o.id, coalesce(sum(pay.amount), 0) as paid from orders o join payments pay on pay.order_id = o.id group by o.id having coalesce(sum(pay.amount), 0) < max(o.total)
;
select e.name, m.name as boss from employees e join employees m on m.id = e.manager_id order by e.name
;
select o.id, c.name from orders o left join customers c on c.id = o.customer_id where o.status = 'paid'
;
select c.name, sum(i.quantity * i.unit_price) as revenue from customers c left join orders o on o.customer_id = c.id left join order_items i on i.order_id = o.id group by c.id, c.name order by revenue desc
;
select p.name, cat.name as category from products p left join categories cat on cat.id = p.category_id order by cat.name, p.name
;
select o.id, coalesce(sum(pay.amount), 0) as paid from orders o left join payments pay on pay.order_id = o.id group by o.id having coalesce(sum(pay.amount), 0) < max(o.total)
;
select e.name, m.name as boss from employees e left join employees m on m.id = e.manager_id order by e.name
;
select o.id, c.name from orders o inner join customers c on c.id = o.customer_id where o.status = 'paid'
;
select c.name, sum(i.quantity * i.unit_price) as revenue from customers c inner join orders o on o.customer_id = c.id inner join order_items i on i.order_id = o.id group by c.id, c.name order by revenue desc
;
select p.name, cat.name as category from products p inner join categories cat on cat.id = p.category_id order by cat.name, p.name
;
select o.id, coalesce(sum(pay.amount), 0) as paid from orders o inner join payments pay on pay.order_id = o.id group by o.id having coalesce(sum(pay.amount), 0) < max(o.total)
;
select e.name, m.name as boss from employees e inner join employees m on m.id = e.manager_id order by e.name
;
select o.id, c.name from orders o left outer join customers c on c.id = o.customer_id where o.status = 'paid'
;
select c.name, sum(i.quantity * i.unit_price) as revenue from customers c left outer join orders o on o.customer_id = c.id left outer join order_items i on i.order_id = o.id group by c.id, c.name order by revenue desc
;
select p.name, cat.name as category from products p left outer join categories cat on cat.id = p.category_id order by cat.name, p.name
;
select o.id, coalesce(sum(pay.amount), 0) as paid from orders o left outer join payments pay on pay.order_id = o.id group by o.id having coalesce(sum(pay.amount), 0) < max(o.total)
;
select e.name, m.name as boss from employees e left outer join employees m on m.id = e.manager_id order by e.name
;
select o.id from orders o join order_items i on i.order_id = o.id join products p on p.id = i.product_id join categories c on c.id = p.category_id join customers k on k.id = o.customer_id where c.name = 'Books' and k.country = 'NL'
;
select a.name, b.name from products a cross join products b where a.id < b.id
;
select * from orders join order_items using (id)
;
select * from orders natural join payments
;
select c.id from customers c left join orders o on o.customer_id = c.id where o.id is null
;
select p.name from products p, order_items i where i.product_id = p.id and i.quantity > 10
;
select o.id, (select count(*) from order_items i where i.order_id = o.id) as items from orders o
;
select c.name from customers c where not exists (select 1 from orders o where o.customer_id = c.id and o.status = 'open')
;
select status, sum(total) from orders group by status order by status
;
select customer_id, sum(total) from orders group by customer_id order by customer_id
;
select sum(total) from orders where created_at >= datetime('now', '-30 days')
;
select sum(total) filter (where status = 'paid') as paid, sum(total) as everything from orders
;
select status, sum(total) from orders group by status having sum(total) > 10
;
select status, avg(total) from orders group by status order by status
;
select customer_id, avg(total) from orders group by customer_id order by customer_id
;
select avg(total) from orders where created_at >= datetime('now', '-30 days')
;
select avg(total) filter (where status = 'paid') as paid, avg(total) as everything from orders
;
select status, avg(total) from orders group by status having avg(total) > 10
;
select status, min(total) from orders group by status order by status
;
select customer_id, min(total) from orders group by customer_id order by customer_id
;
select min(total) from orders where created_at >= datetime('now', '-30 days')
;
select min(total) filter (where status = 'paid') as paid, min(total) as everything from orders
;
select status, min(total) from orders group by status having min(total) > 10
;
select status, max(total) from orders group by status order by status
;
select customer_id, max(total) from orders group by customer_id order by customer_id
;
select max(total) from orders where created_at >= datetime('now', '-30 days')
;
select max(total) filter (where status = 'paid') as paid, max(total) as everything from orders
;
select status, max(total) from orders group by status having max(total) > 10
;
select status, count(*) from orders group by status order by status
;
select customer_id, count(*) from orders group by customer_id order by customer_id
;
select count(*) from orders where created_at >= datetime('now', '-30 days')
;
select count(*) filter (where status = 'paid') as paid, count(*) as everything from orders
;
select status, count(*) from orders group by status having count(*) > 10
;
select status, count(distinct customer_id) from orders group by status order by status
;
select customer_id, count(distinct customer_id) from orders group by customer_id order by customer_id
;
select count(distinct customer_id) from orders where created_at >= datetime('now', '-30 days')
;
select count(distinct customer_id) filter (where status = 'paid') as paid, count(distinct customer_id) as everything from orders
;
select status, count(distinct customer_id) from orders group by status having count(distinct customer_id) > 10
;
select count(*) filter (where status = 'open') from orders
;
select sum(case when status = 'open' then total else 0 end) as open_total from orders
;
select customer_id, sum(total) from orders where status = 'open' group by customer_id order by 2 desc limit 10
;
select count(*) filter (where status = 'paid') from orders
;
select sum(case when status = 'paid' then total else 0 end) as paid_total from orders
;
select customer_id, sum(total) from orders where status = 'paid' group by customer_id order by 2 desc limit 10
;
select count(*) filter (where status = 'shipped') from orders
;
select sum(case when status = 'shipped' then total else 0 end) as shipped_total from orders
;
select customer_id, sum(total) from orders where status = 'shipped' group by customer_id order by 2 desc limit 10
;
select count(*) filter (where status = 'cancelled') from orders
;
select sum(case when status = 'cancelled' then total else 0 end) as cancelled_total from orders
;
select customer_id, sum(total) from orders where status = 'cancelled' group by customer_id order by 2 desc limit 10
;
select id, row_number() over (partition by customer_id order by created_at) as v from orders
;
select id, row_number() over w as v from orders window w as (partition by status order by total desc, id)
;
select id, rank() over (partition by customer_id order by created_at) as v from orders
;
select id, rank() over w as v from orders window w as (partition by status order by total desc, id)
;
select id, dense_rank() over (partition by customer_id order by created_at) as v from orders
;
select id, dense_rank() over w as v from orders window w as (partition by status order by total desc, id)
;
select id, percent_rank() over (partition by customer_id order by created_at) as v from orders
;
select id, percent_rank() over w as v from orders window w as (partition by status order by total desc, id)
;
select id, cume_dist() over (partition by customer_id order by created_at) as v from orders
;
select id, cume_dist() over w as v from orders window w as (partition by status order by total desc, id)
;
select id, ntile(4) over (partition by customer_id order by created_at) as v from orders
;
select id, ntile(4) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, lag(total) over (partition by customer_id order by created_at) as v from orders
;
select id, lag(total) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, lead(total, 1, 0) over (partition by customer_id order by created_at) as v from orders
;
select id, lead(total, 1, 0) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, first_value(total) over (partition by customer_id order by created_at) as v from orders
;
select id, first_value(total) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, last_value(total) over (partition by customer_id order by created_at) as v from orders
;
select id, last_value(total) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, sum(total) over (partition by customer_id order by created_at) as v from orders
;
select id, sum(total) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, avg(total) over (partition by customer_id order by created_at) as v from orders
;
select id, avg(total) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, count(*) over (partition by customer_id order by created_at) as v from orders
;
select id, count(*) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, max(created_at) over (partition by customer_id order by created_at) as v from orders
;
select id, max(created_at) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, nth_value(total, 2) over (partition by customer_id order by created_at) as v from orders
;
select id, nth_value(total, 2) over w as v from orders window w as (partition by status order by total desc, id)
;
select id, sum(total) over (order by created_at, id rows between unbounded preceding and current row) as running from orders
;
select id, sum(total) over (order by created_at, id rows between 2 preceding and 2 following) as running from orders
;
select id, sum(total) over (order by created_at, id range between unbounded preceding and unbounded following) as running from orders
;
select id, sum(total) over (order by created_at, id rows 3 preceding) as running from orders
;
select id, sum(total) over (order by created_at, id groups between 1 preceding and current row) as running from orders
;
select id, sum(total) over (order by created_at, id rows between current row and unbounded following exclude ties) as running from orders
;
select id, total - lag(total) over (partition by customer_id order by created_at) as change from orders
;
select * from (select o.*, rank() over (partition by customer_id order by total desc) as r from orders o) x where x.r <= 3
;
select status, sum(total) as t, sum(sum(total)) over () as all_together from orders group by status
;
select sum(total) filter (where status = 'paid') over (order by id) from orders
;
select department, name, salary, salary * 1.0 / sum(salary) over (partition by department) as share_of_department from employees
;
with paid as (select * from orders where status = 'paid') select count(*) from paid
;
with paid as (select * from orders where status = 'paid'), big as (select * from paid where total > 100) select * from big order by total desc
;
with totals(customer_id, total) as (select customer_id, sum(total) from orders group by customer_id) select c.name, t.total from customers c join totals t on t.customer_id = c.id
;
with a as materialized (select id from orders) select * from a
;
with a as not materialized (select id from orders) select * from a where id = 1
;
with x as (select 1 as a union all select 2), y as (select a * 2 as b from x) select * from x, y
;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) select i from n
;
with recursive fib(a, b) as (select 0, 1 union all select b, a + b from fib where b < 1000) select a from fib
;
with recursive tree(id, name, depth) as (select id, name, 0 from categories where parent_id is null union all select c.id, c.name, t.depth + 1 from categories c join tree t on t.id = c.parent_id) select * from tree order by depth, name
;
with recursive chain as (select id, manager_id, name from employees where id = @id union all select e.id, e.manager_id, e.name from employees e join chain c on c.manager_id = e.id) select name from chain
;
with recursive reports(id, level) as (select id, 1 from employees where manager_id is null union all select e.id, r.level + 1 from employees e join reports r on e.manager_id = r.id) select level, count(*) from reports group by level
;
with monthly as (select customer_id, count(*) as n from orders group by customer_id), ranked as (select customer_id, n, rank() over (order by n desc) as r from monthly) select c.name, n from ranked join customers c on c.id = ranked.customer_id where r <= 10
;
select * from (with inner_cte as (select id, total from orders) select avg(total) as a from inner_cte) s
;
with recursive path(id, route) as (select id, name from categories where parent_id is null union all select c.id, p.route || ' > ' || c.name from categories c join path p on p.id = c.parent_id) select route from path
;
select id from orders union select order_id from payments
;
select name from customers union select name from employees order by 1
;
select status from orders where total > 10 union select status from orders where total < 5 limit 3
;
select id from orders union all select order_id from payments
;
select name from customers union all select name from employees order by 1
;
select status from orders where total > 10 union all select status from orders where total < 5 limit 3
;
select id from orders intersect select order_id from payments
;
select name from customers intersect select name from employees order by 1
;
select status from orders where total > 10 intersect select status from orders where total < 5 limit 3
;
select id from orders except select order_id from payments
;
select name from customers except select name from employees order by 1
;
select status from orders where total > 10 except select status from orders where total < 5 limit 3
;
select id from orders where total = (select max(total) from orders)
;
select id from orders where total > (select avg(total) from orders)
;
select id from orders where total in (select total from orders where status = 'paid')
;
select id from orders where total <> (select min(total) from orders where status = 'open')
;
select * from orders o where o.total > (select avg(x.total) from orders x where x.customer_id = o.customer_id)
;
select name, (select max(created_at) from orders o where o.customer_id = c.id) as last_order from customers c
;
select * from (select status, count(*) as n from orders group by status) s where s.n > 2
;
select (select count(*) from customers) as customers, (select count(*) from orders) as orders, (select sum(amount) from payments) as paid
;
values (1, 'one'), (2, 'two')
;
select * from (values (1, 'a'), (2, 'b')) v
;
select id, case when total > 100 then 'big' when total > 10 then 'middle' else 'small' end as v from orders
;
select o.id from orders o order by case when total > 100 then 'big' when total > 10 then 'middle' else 'small' end, o.id
;
select id, case status when 'open' then 1 when 'paid' then 2 else 3 end as v from orders
;
select o.id from orders o order by case status when 'open' then 1 when 'paid' then 2 else 3 end, o.id
;
select id, coalesce(note, 'none') as v from orders
;
select o.id from orders o order by coalesce(note, 'none'), o.id
;
select id, nullif(note, '') as v from orders
;
select o.id from orders o order by nullif(note, ''), o.id
;
select id, total * 1.21 as v from orders
;
select o.id from orders o order by total * 1.21, o.id
;
select id, round(total, 1) as v from orders
;
select o.id from orders o order by round(total, 1), o.id
;
select id, abs(total - 10) as v from orders
;
select o.id from orders o order by abs(total - 10), o.id
;
select id, upper(status) as v from orders
;
select o.id from orders o order by upper(status), o.id
;
select id, lower(status) as v from orders
;
select o.id from orders o order by lower(status), o.id
;
select id, length(status) as v from orders
;
select o.id from orders o order by length(status), o.id
;
select id, substr(status, 1, 2) as v from orders
;
select o.id from orders o order by substr(status, 1, 2), o.id
;
select id, trim(status) as v from orders
;
select o.id from orders o order by trim(status), o.id
;
select id, replace(status, 'o', '0') as v from orders
;
select o.id from orders o order by replace(status, 'o', '0'), o.id
;
select id, ltrim(status, 'o') as v from orders
;
select o.id from orders o order by ltrim(status, 'o'), o.id
;
select id, rtrim(status, 'n') as v from orders
;
select o.id from orders o order by rtrim(status, 'n'), o.id
;
select id, cast(total as integer) as v from orders
;
select o.id from orders o order by cast(total as integer), o.id
;
select id, cast(id as text) as v from orders
;
select o.id from orders o order by cast(id as text), o.id
;
select id, status || '-' || id as v from orders
;
select o.id from orders o order by status || '-' || id, o.id
;
select id, -total as v from orders
;
select o.id from orders o order by -total, o.id
;
select id, total / 3 as v from orders
;
select o.id from orders o order by total / 3, o.id
;
select id, id % 2 as v from orders
;
select o.id from orders o order by id % 2, o.id
;
select id, total is null as v from orders
;
select o.id from orders o order by total is null, o.id
;
select id, total is not null as v from orders
;
select o.id from orders o order by total is not null, o.id
;
select id, not (total > 5) as v from orders
;
select o.id from orders o order by not (total > 5), o.id
;
select id, total between 5 and 50 as v from orders
;
select o.id from orders o order by total between 5 and 50, o.id
;
select id, status like 'p%' as v from orders
;
select o.id from orders o order by status like 'p%', o.id
;
select id, status not like '%x%' as v from orders
;
select o.id from orders o order by status not like '%x%', o.id
;
select id, status in ('open', 'paid') as v from orders
;
select o.id from orders o order by status in ('open', 'paid'), o.id
;
select id, note is not status as v from orders
;
select o.id from orders o order by note is not status, o.id
;
select * from customers where name like 'a%'
;
select count(*) from products where name not like 'a%'
;
select * from customers where name like '%son'
;
select count(*) from products where name not like '%son'
;
select * from customers where name like '_o%'
;
select count(*) from products where name not like '_o%'
;
select * from customers where name like '50\%%' escape '\'
;
select count(*) from products where name not like '50\%%' escape '\'
;
select * from customers where name like @pattern
;
select count(*) from products where name not like @pattern
;
select id from orders where status = 'it''s' or note = 'a;b' or note = '-- not a comment' or note = '/* nor this */'
;
select id /* the key */, total -- the sum
from orders -- all of them
where /* always */ 1 = 1
;
select "id", "total" as "grand total" from "orders" where "status" = 'paid'
;
select id as "update", status as "delete", note as "insert" from orders
;
select 'insert into orders values (1)' as text_about_sql
;
select o.id from orders as o where o.id <> 5 and (o.total >= 1 and o.total <= 2 or not o.paid = 1)
;
select strftime('%Y', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%Y', paid_at)) from payments
;
select id from orders where strftime('%Y', created_at) = strftime('%Y', 'now')
;
select cast(strftime('%Y', at) as text) || '!' from events
;
select strftime('%Y-%m', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%Y-%m', paid_at)) from payments
;
select id from orders where strftime('%Y-%m', created_at) = strftime('%Y-%m', 'now')
;
select cast(strftime('%Y-%m', at) as text) || '!' from events
;
select strftime('%Y-%m-%d', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%Y-%m-%d', paid_at)) from payments
;
select id from orders where strftime('%Y-%m-%d', created_at) = strftime('%Y-%m-%d', 'now')
;
select cast(strftime('%Y-%m-%d', at) as text) || '!' from events
;
select strftime('%H', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%H', paid_at)) from payments
;
select id from orders where strftime('%H', created_at) = strftime('%H', 'now')
;
select cast(strftime('%H', at) as text) || '!' from events
;
select strftime('%w', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%w', paid_at)) from payments
;
select id from orders where strftime('%w', created_at) = strftime('%w', 'now')
;
select cast(strftime('%w', at) as text) || '!' from events
;
select strftime('%j', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%j', paid_at)) from payments
;
select id from orders where strftime('%j', created_at) = strftime('%j', 'now')
;
select cast(strftime('%j', at) as text) || '!' from events
;
select strftime('%s', created_at) as part, count(*), sum(total) from orders group by 1 order by 1
;
select max(strftime('%s', paid_at)) from payments
;
select id from orders where strftime('%s', created_at) = strftime('%s', 'now')
;
select cast(strftime('%s', at) as text) || '!' from events
;
select id, date('now') as t from orders
;
select id, datetime('now') as t from orders
;
select id, time('now') as t from orders
;
select id, julianday('now') as t from orders
;
select count(*) from orders where created_at >= datetime('now')
;
select id, date('now', '-7 days') as t from orders
;
select id, datetime('now', '-7 days') as t from orders
;
select id, time('now', '-7 days') as t from orders
;
select id, julianday('now', '-7 days') as t from orders
;
select count(*) from orders where created_at >= datetime('now', '-7 days')
;
select id, date('now', 'start of month') as t from orders
;
select id, datetime('now', 'start of month') as t from orders
;
select id, time('now', 'start of month') as t from orders
;
select id, julianday('now', 'start of month') as t from orders
;
select count(*) from orders where created_at >= datetime('now', 'start of month')
;
select id, date('now', 'start of year', '+1 month') as t from orders
;
select id, datetime('now', 'start of year', '+1 month') as t from orders
;
select id, time('now', 'start of year', '+1 month') as t from orders
;
select id, julianday('now', 'start of year', '+1 month') as t from orders
;
select count(*) from orders where created_at >= datetime('now', 'start of year', '+1 month')
;
select id, date('now', 'weekday 1') as t from orders
;
select id, datetime('now', 'weekday 1') as t from orders
;
select id, time('now', 'weekday 1') as t from orders
;
select id, julianday('now', 'weekday 1') as t from orders
;
select count(*) from orders where created_at >= datetime('now', 'weekday 1')
;
select id, date('now', 'localtime') as t from orders
;
select id, datetime('now', 'localtime') as t from orders
;
select id, time('now', 'localtime') as t from orders
;
select id, julianday('now', 'localtime') as t from orders
;
select count(*) from orders where created_at >= datetime('now', 'localtime')
;
select id, date(created_at, '+1 day') as t from orders
;
select id, datetime(created_at, '+1 day') as t from orders
;
select id, time(created_at, '+1 day') as t from orders
;
select id, julianday(created_at, '+1 day') as t from orders
;
select count(*) from orders where created_at >= datetime(created_at, '+1 day')
;
select id, date(created_at, 'start of day') as t from orders
;
select id, datetime(created_at, 'start of day') as t from orders
;
select id, time(created_at, 'start of day') as t from orders
;
select id, julianday(created_at, 'start of day') as t from orders
;
select count(*) from orders where created_at >= datetime(created_at, 'start of day')
;
select current_date, current_time, current_timestamp
;
select julianday('now') - julianday(created_at) as age_in_days from orders
;
select id, json_extract(payload, '$.user') as v from events
;
select count(*) from events where json_extract(payload, '$.user') is not null
;
select id from events order by json_extract(payload, '$.user'), id limit 5
;
select id, json_extract(payload, '$.items[0].sku') as v from events
;
select count(*) from events where json_extract(payload, '$.items[0].sku') is not null
;
select id from events order by json_extract(payload, '$.items[0].sku'), id limit 5
;
select id, json_type(payload) as v from events
;
select count(*) from events where json_type(payload) is not null
;
select id from events order by json_type(payload), id limit 5
;
select id, json_type(payload, '$.n') as v from events
;
select count(*) from events where json_type(payload, '$.n') is not null
;
select id from events order by json_type(payload, '$.n'), id limit 5
;
select id, json_array_length(payload, '$.items') as v from events
;
select count(*) from events where json_array_length(payload, '$.items') is not null
;
select id from events order by json_array_length(payload, '$.items'), id limit 5
;
select id, json_valid(payload) as v from events
;
select count(*) from events where json_valid(payload) is not null
;
select id from events order by json_valid(payload), id limit 5
;
select id, json_set(payload, '$.x', 1) as v from events
;
select count(*) from events where json_set(payload, '$.x', 1) is not null
;
select id from events order by json_set(payload, '$.x', 1), id limit 5
;
select id, json_insert(payload, '$.x', 1) as v from events
;
select count(*) from events where json_insert(payload, '$.x', 1) is not null
;
select id from events order by json_insert(payload, '$.x', 1), id limit 5
;
select id, json_replace(payload, '$.x', 1) as v from events
;
select count(*) from events where json_replace(payload, '$.x', 1) is not null
;
select id from events order by json_replace(payload, '$.x', 1), id limit 5
;
select id, json_remove(payload, '$.x') as v from events
;
select count(*) from events where json_remove(payload, '$.x') is not null
;
select id from events order by json_remove(payload, '$.x'), id limit 5
;
select id, json_patch(payload, '{"a":1}') as v from events
;
select count(*) from events where json_patch(payload, '{"a":1}') is not null
;
select id from events order by json_patch(payload, '{"a":1}'), id limit 5
;
select id, json(payload) as v from events
;
select count(*) from events where json(payload) is not null
;
select id from events order by json(payload), id limit 5
;
select id, json_quote(kind) as v from events
;
select count(*) from events where json_quote(kind) is not null
;
select id from events order by json_quote(kind), id limit 5
;
select id, json_object('id', id, 'kind', kind) as v from events
;
select count(*) from events where json_object('id', id, 'kind', kind) is not null
;
select id from events order by json_object('id', id, 'kind', kind), id limit 5
;
select id, json_array(id, kind) as v from events
;
select count(*) from events where json_array(id, kind) is not null
;
select id from events order by json_array(id, kind), id limit 5
;
select kind, json_group_array(id) from events group by kind
;
select json_group_object(kind, id) from events
;
select e.id, j.key, j.value from events e, json_each(e.payload) j
;
select e.id, t.fullkey, t.atom from events e, json_tree(e.payload) as t where t.atom is not null
;
select distinct j.key from events join json_each(events.payload) as j
;
select value from json_each('[1, 2, 3]')
;
select * from orders where id in (select value from json_each(@ids))
;
select e.id from events e where exists (select 1 from json_each(e.payload, '$.items') j where json_extract(j.value, '$.sku') = 'A1')
;
select id, typeof(total) as v from orders
;
select typeof(total) as v, count(*) as n from orders group by 1
;
select id, quote(note) as v from orders
;
select quote(note) as v, count(*) as n from orders group by 1
;
select id, hex(status) as v from orders
;
select hex(status) as v, count(*) as n from orders group by 1
;
select id, instr(status, 'a') as v from orders
;
select instr(status, 'a') as v, count(*) as n from orders group by 1
;
select id, printf('%.2f', total) as v from orders
;
select printf('%.2f', total) as v, count(*) as n from orders group by 1
;
select id, printf('%08d', id) as v from orders
;
select printf('%08d', id) as v, count(*) as n from orders group by 1
;
select id, iif(total > 10, 'y', 'n') as v from orders
;
select iif(total > 10, 'y', 'n') as v, count(*) as n from orders group by 1
;
select id, ifnull(note, '') as v from orders
;
select ifnull(note, '') as v, count(*) as n from orders group by 1
;
select id, max(total, 5) as v from orders
;
select max(total, 5) as v, count(*) as n from orders group by 1
;
select id, min(total, 5) as v from orders
;
select min(total, 5) as v, count(*) as n from orders group by 1
;
select id, unicode(status) as v from orders
;
select unicode(status) as v, count(*) as n from orders group by 1
;
select id, char(65, 66) as v from orders
;
select char(65, 66) as v, count(*) as n from orders group by 1
;
select id, likely(total > 5) as v from orders
;
select likely(total > 5) as v, count(*) as n from orders group by 1
;
select id, unlikely(total > 5) as v from orders
;
select unlikely(total > 5) as v, count(*) as n from orders group by 1
;
select id, total collate nocase as v from orders
;
select total collate nocase as v, count(*) as n from orders group by 1
;
select id, glob('p*', status) as v from orders
;
select glob('p*', status) as v, count(*) as n from orders group by 1
;
select id, status glob 'p*' as v from orders
;
select status glob 'p*' as v, count(*) as n from orders group by 1
;
select id, zeroblob(4) as v from orders
;
select zeroblob(4) as v, count(*) as n from orders group by 1
;
select id, length(note) as v from orders
;
select length(note) as v, count(*) as n from orders group by 1
;
select id, round(total) as v from orders
;
select round(total) as v, count(*) as n from orders group by 1
;
select id, abs(random()) % 10 as v from orders
;
select abs(random()) % 10 as v, count(*) as n from orders group by 1
;
select id, cast(total as real) as v from orders
;
select cast(total as real) as v, count(*) as n from orders group by 1
;
select id, cast(created_at as numeric) as v from orders
;
select cast(created_at as numeric) as v, count(*) as n from orders group by 1
;
select id, ~id as v from orders
;
select ~id as v, count(*) as n from orders group by 1
;
select id, id << 2 as v from orders
;
select id << 2 as v, count(*) as n from orders group by 1
;
select id, id & 3 as v from orders
;
select id & 3 as v, count(*) as n from orders group by 1
;
select id, id | 4 as v from orders
;
select id | 4 as v, count(*) as n from orders group by 1
;
select id, total isnull as v from orders
;
select total isnull as v, count(*) as n from orders group by 1
;
select id, total notnull as v from orders
;
select total notnull as v, count(*) as n from orders group by 1
;
select id, status is null as v from orders
;
select status is null as v, count(*) as n from orders group by 1
;
select id, +id as v from orders
;
select +id as v, count(*) as n from orders group by 1
;
select group_concat(status) from orders
;
select customer_id, group_concat(status) as v from orders group by customer_id
;
select group_concat(status) filter (where paid = 1) from orders
;
select group_concat(status) over (partition by customer_id) as v from orders
;
select group_concat(status, ' / ') from orders
;
select customer_id, group_concat(status, ' / ') as v from orders group by customer_id
;
select group_concat(status, ' / ') filter (where paid = 1) from orders
;
select group_concat(status, ' / ') over (partition by customer_id) as v from orders
;
select group_concat(distinct status) from orders
;
select customer_id, group_concat(distinct status) as v from orders group by customer_id
;
select group_concat(distinct status) filter (where paid = 1) from orders
;
select total(total) from orders
;
select customer_id, total(total) as v from orders group by customer_id
;
select total(total) filter (where paid = 1) from orders
;
select total(total) over (partition by customer_id) as v from orders
;
select sum(total) from orders
;
select customer_id, sum(total) as v from orders group by customer_id
;
select sum(total) filter (where paid = 1) from orders
;
select sum(total) over (partition by customer_id) as v from orders
;
select avg(total) from orders
;
select customer_id, avg(total) as v from orders group by customer_id
;
select avg(total) filter (where paid = 1) from orders
;
select avg(total) over (partition by customer_id) as v from orders
;
select count(note) from orders
;
select customer_id, count(note) as v from orders group by customer_id
;
select count(note) filter (where paid = 1) from orders
;
select count(note) over (partition by customer_id) as v from orders
;
select rowid, name from product_search where product_search match 'red'
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match 'red' order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search('red')
;
select rowid, name from product_search where product_search match 'red OR chair'
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match 'red OR chair' order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search('red OR chair')
;
select rowid, name from product_search where product_search match 'red NOT chair'
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match 'red NOT chair' order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search('red NOT chair')
;
select rowid, name from product_search where product_search match 'cha*'
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match 'cha*' order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search('cha*')
;
select rowid, name from product_search where product_search match '"red chair"'
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match '"red chair"' order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search('"red chair"')
;
select rowid, name from product_search where product_search match @words
;
select highlight(product_search, 0, '<b>', '</b>') from product_search where product_search match @words order by rank
;
select snippet(product_search, 0, '[', ']', '...', 8), bm25(product_search) from product_search(@words)
;
select name, type from sqlite_master where type = 'table' order by name
;
select sql from sqlite_schema where name = 'orders'
;
select name, type, pk from pragma_table_info('orders')
;
select l.name, i.name from pragma_index_list('orders') l, pragma_index_info(l.name) i
;
select * from pragma_foreign_key_list('order_items')
;
select user_version from pragma_user_version
;
pragma table_info(orders)
;
pragma table_xinfo('orders')
;
pragma index_list(orders)
;
pragma foreign_key_list(order_items)
;
pragma user_version
;
pragma application_id
;
pragma page_count
;
pragma page_size
;
pragma freelist_count
;
pragma encoding
;
pragma journal_mode
;
pragma foreign_keys
;
pragma compile_options
;
pragma database_list
;
pragma collation_list
;
pragma integrity_check
;
pragma quick_check
;
pragma foreign_key_check
;
pragma schema_version
;
pragma synchronous
;
pragma cache_size
;
pragma main.table_info(customers)
;
explain query plan select * from orders where customer_id = 5
;
explain query plan select * from orders o join customers c on c.id = o.customer_id
;
explain select 1
;
explain query plan delete from orders
;
select sqlite_version(), sqlite_source_id()
;
select sqlite_compileoption_used('ENABLE_FTS5')
;
select rowid, * from orders
;
select oid, _rowid_ from customers
;
select [id], [total] from [orders]
;
select `id`, `total` from `orders`
;
select "id" from "orders" as "o"
;
select * from orders indexed by orders_customer where customer_id = 5
;
select * from orders not indexed where customer_id = 5
;
select x'0102', 0x1F, 1e3, .5, 'it''s'
;
select * from orders where id = ?
;
select * from orders where id = ?1 and customer_id = ?2
;
select * from orders where id = :id
;
select * from orders where id = $id
;
select * from orders order by total desc nulls last
;
select * from orders order by total nulls first limit 5, 10
;
select * from orders order by status collate nocase, id
;
select (1, 2) = (select 1, 2)
;
select * from orders where (customer_id, status) in (select customer_id, status from orders where paid = 1)
;
select * from customers where name glob '[A-C]*'
;
select count(*) from customers where email like '%@example.com' collate nocase
;
with recursive days(d) as (select date('2024-01-01') union all select date(d, '+1 day') from days where d < '2024-01-31') select d, (select count(*) from orders where date(created_at) = d) as n from days
;
with recursive split(word, rest) as (select '', 'a,b,c' || ',' union all select substr(rest, 0, instr(rest, ',')), substr(rest, instr(rest, ',') + 1) from split where rest <> '') select word from split where word <> ''
;
select id, sum(total) over (order by id range between 2 preceding and 2 following) from orders
;
select id, count(*) over (order by status groups between unbounded preceding and 1 following exclude current row) from orders
;
select c.name, o.total from customers c left join (select customer_id, total, row_number() over (partition by customer_id order by created_at desc) as rn from orders) o on o.customer_id = c.id and o.rn = 1
;
select changes_in_stock.warehouse from (select warehouse, sum(quantity) as n from stock group by warehouse) as changes_in_stock where n > 0
;
