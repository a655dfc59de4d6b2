create table categories (id integer primary key, parent_id integer references categories, name text not null);
create table customers (id integer primary key, name text not null, email text not null, country text not null, created_at text not null);
create table employees (id integer primary key, manager_id integer references employees, name text not null, salary real not null, department text not null);
create table products (id integer primary key, name text not null, category_id integer references categories, price real not null);
create table orders (
    id integer primary key, customer_id integer not null references customers, status text not null, total real not null,
    created_at text not null, paid integer not null default 0, note text);
create index orders_customer on orders (customer_id);
create table order_items (
    id integer primary key, order_id integer not null references orders, product_id integer not null references products,
    quantity integer not null, unit_price real not null);
create table payments (id integer primary key, order_id integer not null references orders, amount real not null, method text not null, paid_at text not null);
create table events (id integer primary key, kind text not null, payload text not null, at text not null);
create table stock (product_id integer not null references products, warehouse text not null, quantity integer not null, primary key (product_id, warehouse)) without rowid;
create virtual table product_search using fts5(name);
insert into categories values (1, null, 'Everything'), (2, 1, 'Books'), (3, 1, 'Chairs'), (4, 3, 'Red chairs');
insert into customers values
    (1, 'Alice Anderson', 'alice@example.com', 'NL', '2024-01-02'), (2, 'Bob O''Brien', 'bob@example.org', 'IE', '2024-01-03'),
    (3, 'Carla', 'carla@example.com', 'ES', '2024-02-03');
insert into employees values (1, null, 'Erin', 9000, 'board'), (2, 1, 'Frank', 5000, 'sales'), (3, 1, 'Grace', 5500, 'sales'), (4, 2, 'Heidi', 3000, 'sales');
insert into products values (1, 'red chair', 4, 49.5), (2, 'blue chair', 3, 39), (3, 'a good book', 2, 12.25);
insert into product_search (rowid, name) select id, name from products;
insert into orders values
    (1, 1, 'open', 49.5, '2024-01-05', 0, null), (2, 1, 'paid', 61.75, '2024-01-06', 1, 'gift'),
    (3, 2, 'shipped', 12.25, '2024-01-07', 1, ''), (4, 3, 'cancelled', 5, '2024-02-08', 0, 'too late');
insert into order_items values (1, 1, 1, 1, 49.5), (2, 2, 1, 1, 49.5), (3, 2, 3, 1, 12.25), (4, 3, 3, 1, 12.25);
insert into payments values (1, 2, 61.75, 'card', '2024-01-06'), (2, 3, 12.25, 'cash', '2024-01-08');
insert into events values (1, 'login', '{"user": "alice", "n": 1}', '2024-01-05'), (2, 'cart', '{"user": "bob", "items": [{"sku": "A1", "id": 1}], "a": {"b": 2}}', '2024-01-06');
insert into stock values (1, 'north', 5), (2, 'north', 0), (3, 'south', 7);
