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
select sum(total) from orders where created_at >= now() - interval '30 days'
;
select sum(total) filter (where status = 'paid') as paid, sum(total) as everything from orders
;
select status, sum(total) from orders group by status having sum(total) > 10
;
select status, avg(total) from orders group by status order by status
;
select customer_id, avg(total) from orders group by customer_id order by customer_id
;
select avg(total) from orders where created_at >= now() - interval '30 days'
;
select avg(total) filter (where status = 'paid') as paid, avg(total) as everything from orders
;
select status, avg(total) from orders group by status having avg(total) > 10
;
select status, min(total) from orders group by status order by status
;
select customer_id, min(total) from orders group by customer_id order by customer_id
;
select min(total) from orders where created_at >= now() - interval '30 days'
;
select min(total) filter (where status = 'paid') as paid, min(total) as everything from orders
;
select status, min(total) from orders group by status having min(total) > 10
;
select status, max(total) from orders group by status order by status
;
select customer_id, max(total) from orders group by customer_id order by customer_id
;
select max(total) from orders where created_at >= now() - interval '30 days'
;
select max(total) filter (where status = 'paid') as paid, max(total) as everything from orders
;
select status, max(total) from orders group by status having max(total) > 10
;
select status, count(*) from orders group by status order by status
;
select customer_id, count(*) from orders group by customer_id order by customer_id
;
select count(*) from orders where created_at >= now() - interval '30 days'
;
select count(*) filter (where status = 'paid') as paid, count(*) as everything from orders
;
select status, count(*) from orders group by status having count(*) > 10
;
select status, count(distinct customer_id) from orders group by status order by status
;
select customer_id, count(distinct customer_id) from orders group by customer_id order by customer_id
;
select count(distinct customer_id) from orders where created_at >= now() - interval '30 days'
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
select * from (values (1, 'a'), (2, 'b')) v(id, name)
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
select id, note is distinct from status as v from orders
;
select o.id from orders o order by note is distinct from status, o.id
;
select * from customers where name ilike 'a%'
;
select count(*) from products where name not ilike 'a%'
;
select * from customers where name ilike '%son'
;
select count(*) from products where name not ilike '%son'
;
select * from customers where name ilike '_o%'
;
select count(*) from products where name not ilike '_o%'
;
select * from customers where name ilike '50\%%' escape '\'
;
select count(*) from products where name not ilike '50\%%' escape '\'
;
select * from customers where name ilike @pattern
;
select count(*) from products where name not ilike @pattern
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
select o.id from orders as o where o.id <> 5 and (o.total >= 1 and o.total <= 2 or not o.paid = true)
;
select date_trunc('year', created_at) as year_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(year from created_at) as part, count(*) from orders group by extract(year from created_at)
;
select * from orders where created_at >= date_trunc('year', now()) and created_at < date_trunc('year', now()) + interval '1 year'
;
select date_trunc('quarter', created_at) as quarter_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(quarter from created_at) as part, count(*) from orders group by extract(quarter from created_at)
;
select date_part('quarter', created_at) from orders
;
select date_trunc('month', created_at) as month_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(month from created_at) as part, count(*) from orders group by extract(month from created_at)
;
select * from orders where created_at >= date_trunc('month', now()) and created_at < date_trunc('month', now()) + interval '1 month'
;
select date_trunc('week', created_at) as week_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(week from created_at) as part, count(*) from orders group by extract(week from created_at)
;
select * from orders where created_at >= date_trunc('week', now()) and created_at < date_trunc('week', now()) + interval '1 week'
;
select date_trunc('day', created_at) as day_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(day from created_at) as part, count(*) from orders group by extract(day from created_at)
;
select * from orders where created_at >= date_trunc('day', now()) and created_at < date_trunc('day', now()) + interval '1 day'
;
select date_trunc('hour', created_at) as hour_start, count(*), sum(total) from orders group by 1 order by 1
;
select extract(hour from created_at) as part, count(*) from orders group by extract(hour from created_at)
;
select * from orders where created_at >= date_trunc('hour', now()) and created_at < date_trunc('hour', now()) + interval '1 hour'
;
select now()
;
select id, now() as asked_at from orders limit 1
;
select current_date
;
select id, current_date as asked_at from orders limit 1
;
select current_timestamp
;
select id, current_timestamp as asked_at from orders limit 1
;
select localtimestamp(0)
;
select id, localtimestamp(0) as asked_at from orders limit 1
;
select clock_timestamp()
;
select id, clock_timestamp() as asked_at from orders limit 1
;
select statement_timestamp()
;
select id, statement_timestamp() as asked_at from orders limit 1
;
select current_time
;
select id, current_time as asked_at from orders limit 1
;
select timeofday()
;
select id, timeofday() as asked_at from orders limit 1
;
select id, created_at::date as t from orders
;
select id, created_at at time zone 'utc' as t from orders
;
select id, created_at at time zone 'Europe/Amsterdam' as t from orders
;
select id, age(created_at) as t from orders
;
select id, age(now(), created_at) as t from orders
;
select id, to_char(created_at, 'YYYY-MM-DD HH24:MI') as t from orders
;
select id, created_at + interval '1 day' as t from orders
;
select id, created_at - interval '2 hours 30 minutes' as t from orders
;
select id, date_part('epoch', created_at) as t from orders
;
select id, extract(epoch from created_at)::bigint as t from orders
;
select id, (created_at::date - date '2020-01-01') as t from orders
;
select id, make_date(2024, 1, 1) as t from orders
;
select id, make_interval(days => 3) as t from orders
;
select id, to_timestamp(1700000000) as t from orders
;
select id, to_date('2024-01-31', 'YYYY-MM-DD') as t from orders
;
select id, isfinite(created_at) as t from orders
;
select id, justify_days(interval '45 days') as t from orders
;
select id, date_bin('15 minutes', created_at, timestamptz '2020-01-01') as t from orders
;
select id, timezone('utc', created_at) as t from orders
;
select id, created_at::timestamp(0) as t from orders
;
select id, interval '1' day as t from orders
;
select id, timestamp with time zone '2024-01-01 00:00:00+00' as t from orders
;
select total::int as c from orders limit 5
;
select total::numeric(10, 2) as c from orders limit 5
;
select cast(total as double precision) as c from orders limit 5
;
select status::varchar(10) as c from orders limit 5
;
select id::text as c from orders limit 5
;
select id::bigint as c from orders limit 5
;
select '2024-01-01'::date as c from orders limit 5
;
select '{1,2,3}'::int[] as c from orders limit 5
;
select '5 days'::interval as c from orders limit 5
;
select null::text as c from orders limit 5
;
select total::float8 as c from orders limit 5
;
select id::oid::int as c from orders limit 5
;
select 'a'::char(1) as c from orders limit 5
;
select status::order_status as c from orders limit 5
;
select cast(status as order_status) as c from orders limit 5
;
select 1::boolean as c from orders limit 5
;
select '10.0.0.1'::inet as c from orders limit 5
;
select row(1, 'a')::text as c from orders limit 5
;
select total::money as c from orders limit 5
;
select id, payload -> 'user' as v from events e
;
select count(*) from events e where (payload -> 'user') is not null
;
select id, payload ->> 'user' as v from events e
;
select count(*) from events e where (payload ->> 'user') is not null
;
select id, payload #> '{a,b}' as v from events e
;
select count(*) from events e where (payload #> '{a,b}') is not null
;
select id, payload #>> '{a,b}' as v from events e
;
select count(*) from events e where (payload #>> '{a,b}') is not null
;
select id, payload @> '{"a": 1}' as v from events e
;
select count(*) from events e where (payload @> '{"a": 1}') is not null
;
select id, payload ? 'user' as v from events e
;
select count(*) from events e where (payload ? 'user') is not null
;
select id, payload ?| array['a', 'b'] as v from events e
;
select count(*) from events e where (payload ?| array['a', 'b']) is not null
;
select id, payload ?& array['a', 'b'] as v from events e
;
select count(*) from events e where (payload ?& array['a', 'b']) is not null
;
select id, payload || '{"x": 1}'::jsonb as v from events e
;
select count(*) from events e where (payload || '{"x": 1}'::jsonb) is not null
;
select id, payload - 'user' as v from events e
;
select count(*) from events e where (payload - 'user') is not null
;
select id, payload #- '{a,b}' as v from events e
;
select count(*) from events e where (payload #- '{a,b}') is not null
;
select id, jsonb_typeof(payload) as v from events e
;
select count(*) from events e where (jsonb_typeof(payload)) is not null
;
select id, jsonb_array_length(coalesce(payload -> 'items', '[]')) as v from events e
;
select count(*) from events e where (jsonb_array_length(coalesce(payload -> 'items', '[]'))) is not null
;
select id, jsonb_set(payload, '{a}', '1') as v from events e
;
select count(*) from events e where (jsonb_set(payload, '{a}', '1')) is not null
;
select id, jsonb_strip_nulls(payload) as v from events e
;
select count(*) from events e where (jsonb_strip_nulls(payload)) is not null
;
select id, jsonb_pretty(payload) as v from events e
;
select count(*) from events e where (jsonb_pretty(payload)) is not null
;
select id, jsonb_extract_path_text(payload, 'a', 'b') as v from events e
;
select count(*) from events e where (jsonb_extract_path_text(payload, 'a', 'b')) is not null
;
select id, jsonb_path_exists(payload, '$.a ? (@ > 1)') as v from events e
;
select count(*) from events e where (jsonb_path_exists(payload, '$.a ? (@ > 1)')) is not null
;
select id, jsonb_path_query_first(payload, '$.items[*].id') as v from events e
;
select count(*) from events e where (jsonb_path_query_first(payload, '$.items[*].id')) is not null
;
select id, payload @? '$.a' as v from events e
;
select count(*) from events e where (payload @? '$.a') is not null
;
select id, payload @@ '$.a > 1' as v from events e
;
select count(*) from events e where (payload @@ '$.a > 1') is not null
;
select id, to_jsonb(e) as v from events e
;
select count(*) from events e where (to_jsonb(e)) is not null
;
select id, row_to_json(e) as v from events e
;
select count(*) from events e where (row_to_json(e)) is not null
;
select id, jsonb_build_object('id', id, 'kind', kind) as v from events e
;
select count(*) from events e where (jsonb_build_object('id', id, 'kind', kind)) is not null
;
select id, json_build_array(id, kind) as v from events e
;
select count(*) from events e where (json_build_array(id, kind)) is not null
;
select id, (payload ->> 'n')::int as v from events e
;
select count(*) from events e where ((payload ->> 'n')::int) is not null
;
select id, payload['a']['b'] as v from events e
;
select count(*) from events e where (payload['a']['b']) is not null
;
select kind, jsonb_agg(payload order by id) from events group by kind
;
select jsonb_object_agg(kind, n) from (select kind, count(*) as n from events group by kind) s
;
select e.id, i.value ->> 'sku' as sku from events e cross join lateral jsonb_array_elements(coalesce(e.payload -> 'items', '[]')) as i(value)
;
select e.id, k.key, k.value from events e, jsonb_each_text(e.payload) k
;
select * from jsonb_to_recordset('[{"a":1,"b":"x"}]') as t(a int, b text)
;
select * from json_populate_record(null::point_of_sale, '{"id":1}')
;
select distinct jsonb_object_keys(payload) from events
;
select o.id, json_agg(json_build_object('product', i.product_id, 'n', i.quantity)) filter (where i.id is not null) as items from orders o left join order_items i on i.order_id = o.id group by o.id
;
select json_agg(row_to_json(t)) from (select id, name from customers order by id limit 10) t
;
select id, 'vip' = any (tags) as v from customers
;
select id from customers order by 'vip' = any (tags), id
;
select id, tags @> array['vip'] as v from customers
;
select id from customers order by tags @> array['vip'], id
;
select id, tags && array['vip', 'new'] as v from customers
;
select id from customers order by tags && array['vip', 'new'], id
;
select id, array_length(tags, 1) as v from customers
;
select id from customers order by array_length(tags, 1), id
;
select id, cardinality(tags) as v from customers
;
select id from customers order by cardinality(tags), id
;
select id, array_to_string(tags, ', ') as v from customers
;
select id from customers order by array_to_string(tags, ', '), id
;
select id, array_append(tags, 'x') as v from customers
;
select id from customers order by array_append(tags, 'x'), id
;
select id, array_remove(tags, 'vip') as v from customers
;
select id from customers order by array_remove(tags, 'vip'), id
;
select id, array_position(tags, 'vip') as v from customers
;
select id from customers order by array_position(tags, 'vip'), id
;
select id, tags[1] as v from customers
;
select id from customers order by tags[1], id
;
select id, tags[1:2] as v from customers
;
select id from customers order by tags[1:2], id
;
select id, array_cat(tags, array['y']) as v from customers
;
select id from customers order by array_cat(tags, array['y']), id
;
select id, tags || 'z'::text as v from customers
;
select id from customers order by tags || 'z'::text, id
;
select id, array_dims(tags) as v from customers
;
select id from customers order by array_dims(tags), id
;
select id, to_jsonb(tags) as v from customers
;
select id from customers order by to_jsonb(tags), id
;
select unnest(tags) as tag, count(*) from customers group by 1 order by 2 desc
;
select c.id, t.tag, t.n from customers c, unnest(c.tags) with ordinality as t(tag, n)
;
select array_agg(id order by id desc) from orders
;
select array(select id from orders order by id limit 3)
;
select * from orders where id = any(@ids)
;
select * from orders where id <> all (array[1, 2, 3])
;
select * from unnest(array[1, 2], array['a', 'b']) as t(id, name)
;
select string_agg(distinct name, ', ' order by name) from customers
;
select string_to_array('a,b,c', ',')
;
select id, name from products where to_tsvector('english', name) @@ plainto_tsquery('english', @words)
;
select id, ts_rank(search, q) as rank from products, plainto_tsquery('english', @words) q where search @@ q order by rank desc limit 20
;
select ts_headline('english', name, plainto_tsquery('english', @words)) from products
;
select id, name from products where to_tsvector('english', name) @@ to_tsquery('red & chair')
;
select id, ts_rank(search, q) as rank from products, to_tsquery('red & chair') q where search @@ q order by rank desc limit 20
;
select ts_headline('english', name, to_tsquery('red & chair')) from products
;
select id, name from products where to_tsvector('english', name) @@ phraseto_tsquery('red chair')
;
select id, ts_rank(search, q) as rank from products, phraseto_tsquery('red chair') q where search @@ q order by rank desc limit 20
;
select ts_headline('english', name, phraseto_tsquery('red chair')) from products
;
select id, name from products where to_tsvector('english', name) @@ websearch_to_tsquery('red -chair')
;
select id, ts_rank(search, q) as rank from products, websearch_to_tsquery('red -chair') q where search @@ q order by rank desc limit 20
;
select ts_headline('english', name, websearch_to_tsquery('red -chair')) from products
;
select id, name from products where to_tsvector('english', name) @@ to_tsquery('simple', 'red:*')
;
select id, ts_rank(search, q) as rank from products, to_tsquery('simple', 'red:*') q where search @@ q order by rank desc limit 20
;
select ts_headline('english', name, to_tsquery('simple', 'red:*')) from products
;
select name, ts_rank_cd(search, to_tsquery('a')) from products order by 2 desc
;
select setweight(to_tsvector(name), 'A') || setweight(to_tsvector('more'), 'B') from products
;
select regexp_replace(name, '[aeiou]', '*', 'g'), name ~ '^A', name !~* 'b$' from customers
;
select regexp_matches(name, '(a)(b)?', 'g') from customers
;
select split_part(email, '@', 2) as domain, count(*) from customers group by 1
;
select m[1] from (select regexp_match(email, '@(.+)$') as m from customers) s
;
select name from customers where name similar to '(A|B)%'
;
select status, customer_id, sum(total), grouping(status, customer_id) from orders group by grouping sets ((status), (customer_id), ())
;
select count(*) from (select status, customer_id from orders group by grouping sets ((status), (customer_id), ())) s
;
select status, customer_id, sum(total), grouping(status, customer_id) from orders group by rollup (status, customer_id)
;
select count(*) from (select status, customer_id from orders group by rollup (status, customer_id)) s
;
select status, customer_id, sum(total), grouping(status, customer_id) from orders group by cube (status, customer_id)
;
select count(*) from (select status, customer_id from orders group by cube (status, customer_id)) s
;
select status, customer_id, sum(total), grouping(status, customer_id) from orders group by grouping sets (rollup (status), cube (customer_id))
;
select count(*) from (select status, customer_id from orders group by grouping sets (rollup (status), cube (customer_id))) s
;
select status, customer_id, sum(total), grouping(status, customer_id) from orders group by rollup (status), cube (customer_id)
;
select count(*) from (select status, customer_id from orders group by rollup (status), cube (customer_id)) s
;
select percentile_cont(0.5) within group (order by total) from orders
;
select customer_id, percentile_cont(0.5) within group (order by total) as v from orders group by customer_id order by customer_id
;
select percentile_disc(0.9) within group (order by total) from orders
;
select customer_id, percentile_disc(0.9) within group (order by total) as v from orders group by customer_id order by customer_id
;
select mode() within group (order by status) from orders
;
select customer_id, mode() within group (order by status) as v from orders group by customer_id order by customer_id
;
select stddev(total) from orders
;
select customer_id, stddev(total) as v from orders group by customer_id order by customer_id
;
select variance(total) from orders
;
select customer_id, variance(total) as v from orders group by customer_id order by customer_id
;
select corr(total, id) from orders
;
select customer_id, corr(total, id) as v from orders group by customer_id order by customer_id
;
select bool_and(paid) from orders
;
select customer_id, bool_and(paid) as v from orders group by customer_id order by customer_id
;
select bool_or(paid) from orders
;
select customer_id, bool_or(paid) as v from orders group by customer_id order by customer_id
;
select every(paid) from orders
;
select customer_id, every(paid) as v from orders group by customer_id order by customer_id
;
select bit_or(id::int) from orders
;
select customer_id, bit_or(id::int) as v from orders group by customer_id order by customer_id
;
select string_agg(status, '/') from orders
;
select customer_id, string_agg(status, '/') as v from orders group by customer_id order by customer_id
;
select array_agg(distinct status) from orders
;
select customer_id, array_agg(distinct status) as v from orders group by customer_id order by customer_id
;
select jsonb_agg(status) from orders
;
select customer_id, jsonb_agg(status) as v from orders group by customer_id order by customer_id
;
select regr_slope(total, id) from orders
;
select customer_id, regr_slope(total, id) as v from orders group by customer_id order by customer_id
;
select stddev_pop(total) from orders
;
select customer_id, stddev_pop(total) as v from orders group by customer_id order by customer_id
;
select covar_samp(total, id) from orders
;
select customer_id, covar_samp(total, id) as v from orders group by customer_id order by customer_id
;
select range_agg(int4range(id::int, id::int + 1)) from orders
;
select customer_id, range_agg(int4range(id::int, id::int + 1)) as v from orders group by customer_id order by customer_id
;
select c.name, l.id, l.total from customers c cross join lateral (select o.id, o.total from orders o where o.customer_id = c.id order by o.total desc limit 3) l
;
select c.name, l.n from customers c left join lateral (select count(*) as n from orders o where o.customer_id = c.id) as l on true
;
select c.name, latest.created_at from customers c, lateral (select created_at from orders o where o.customer_id = c.id order by created_at desc fetch first 1 row only) latest
;
select distinct on (customer_id) customer_id, id, total from orders order by customer_id, created_at desc
;
select distinct on (o.status) o.status, lower(o.note) from orders o order by o.status, o.id
;
select d::date, count(o.id) from generate_series(date '2024-01-01', date '2024-01-31', interval '1 day') as d left join orders o on o.created_at::date = d::date group by 1 order by 1
;
select i, i * i from generate_series(1, 10) i
;
select * from generate_series(1, 10, 2) with ordinality as g(v, n)
;
select * from orders o full join payments p on p.order_id = o.id
;
select * from orders o full outer join payments p using (id)
;
select * from payments p right join orders o on p.order_id = o.id
;
select * from orders tablesample system (50)
;
select * from orders tablesample bernoulli (10) repeatable (42)
;
select * from orders order by total desc nulls last, id fetch first 10 rows only
;
select * from orders order by total offset 5 rows fetch next 5 rows only
;
select * from orders order by total fetch first 3 rows with ties
;
table customers
;
table only orders order by id limit 3
;
select * from only orders
;
select o.* from orders o where o.* is not null
;
select (o).total from orders o
;
select (row(1, 2)).f1
;
select exists(select from orders where id = 1)
;
select * from reservations where during && tstzrange(now(), now() + interval '1 day')
;
select room, lower(during), upper(during), isempty(during) from reservations
;
select * from reservations where during @> now() and upper_inf(during) is false
;
select (date '2024-01-01', date '2024-02-01') overlaps (date '2024-01-15', interval '1 month')
;
select coalesce(sum(total), 0)::numeric(12, 2) from orders where created_at > now() - @days * interval '1 day'
;
select pg_size_pretty(pg_total_relation_size('orders'))
;
select current_user, current_database(), version()
;
select table_name from information_schema.tables where table_schema = 'public'
;
select column_name, data_type from information_schema.columns where table_name = 'orders' order by ordinal_position
;
select relname, n_live_tup from pg_stat_user_tables order by 2 desc
;
select pid, state, query from pg_stat_activity where state <> 'idle'
;
select indexname, pg_get_indexdef(indexrelid) from pg_stat_user_indexes s join pg_indexes i on i.indexname = s.indexrelname
;
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relname = 'orders' and a.attnum > 0
;
select obj_description('orders'::regclass)
;
select to_regclass('public.orders')
;
select has_table_privilege('orders', 'select')
;
select current_setting('server_version_num')::int
;
show server_version
;
show timezone
;
explain select * from orders
;
explain (analyze, buffers) select count(*) from orders
;
explain (format json) select 1
;
select md5(email), encode(sha256(email::bytea), 'hex') from customers
;
select format('%s <%s>', name, email), quote_literal(name), initcap(name), left(name, 3), right(name, 2), reverse(name), lpad(id::text, 8, '0') from customers
;
select concat_ws(', ', name, country), repeat('*', 3), translate(name, 'abc', 'xyz'), strpos(name, 'a'), position('a' in name), overlay(name placing 'x' from 1 for 2), substring(name from 1 for 3), substring(name from '^.'), trim(both ' ' from name), char_length(name) from customers
;
select greatest(total, 10), least(total, 100), width_bucket(total, 0, 100, 5), ceil(total), floor(total), trunc(total, 1), mod(id, 3), power(id, 2), sqrt(id), ln(id + 1), sign(total), random() from orders
;
select width_bucket(total, 0, 1000, 10) as bucket, count(*) from orders group by bucket order by bucket
;
select gen_random_uuid()
;
select host(address), masklen(address), address << inet '10.0.0.0/8' from points_of_sale
;
select $$a 'quoted' text; with a semicolon$$ as t
;
select E'tab\there' as t, U&'d\0061ta' as u, b'101' as b, x'1F' as x
;
select $body$ delete from orders; $body$ as not_code
;
with recursive t as (select id, parent_id, name from categories where parent_id is null union all select c.id, c.parent_id, c.name from categories c join t on t.id = c.parent_id) search depth first by id set ordering select * from t order by ordering
;
with recursive t as (select id, parent_id from categories union all select c.id, c.parent_id from categories c join t on t.id = c.parent_id) cycle id set is_cycle using path select count(*) from t
;
with recursive cal(d) as (select date '2024-01-01' union all select d + 1 from cal where d < date '2024-01-31') select d, to_char(d, 'Dy') from cal
;
select status, count(*) * 100.0 / sum(count(*)) over () as percentage from orders group by status
;
select customer_id, total, sum(total) over (partition by customer_id order by created_at range between interval '7 days' preceding and current row) from orders
;
(select id from orders limit 1) union all (select id from payments limit 1) order by 1
;
((select 1))
;
select 1 where (1, 2) = (select 1, 2)
;
select 5 = some (select id from orders)
;
select * from xmltable('/r/i' passing xml '<r><i id="1"/></r>' columns id int path '@id')
;
select xmlelement(name o, xmlattributes(id as id), status), xmlforest(status, note) from orders
;
select cast('<a/>' as xml), xpath('/a/text()', '<a>1</a>'::xml)
;
select * from rows from (generate_series(1, 3), unnest(array['a', 'b'])) as t(a, b)
;
select collation for (name) from customers limit 1
;
select name collate "C" from customers order by name collate "C"
;
select id, lag(total, 1) over w, lead(total, 1) over w, first_value(id) over w from orders window w as (partition by customer_id order by created_at rows between unbounded preceding and unbounded following)
;
select point(1, 2) <-> point(3, 4), box '((0,0),(1,1))' @> point '(0.5,0.5)'
;
select bit_length('a'), octet_length('é'), ascii('a'), chr(97), unistr('d\0061ta')
;
select pg_is_in_recovery()
;
select txid_current_if_assigned()
;
select pg_typeof(total) from orders limit 1
;
