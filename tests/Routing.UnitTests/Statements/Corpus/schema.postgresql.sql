create type order_status as enum ('open', 'paid', 'shipped', 'cancelled');
create table categories (id bigint primary key, parent_id bigint references categories, name text not null);
create table customers (
    id bigint primary key, name text not null, email text not null, country text not null,
    created_at timestamptz not null, tags text[] not null default '{}');
create table employees (id bigint primary key, manager_id bigint references employees, name text not null, salary numeric(12, 2) not null, department text not null);
create table products (
    id bigint primary key, name text not null, category_id bigint references categories, price numeric(12, 2) not null,
    search tsvector generated always as (to_tsvector('simple', name)) stored);
create table orders (
    id bigint primary key, customer_id bigint not null references customers, status text not null, total numeric(12, 2) not null,
    created_at timestamptz not null, paid boolean not null default false, note text);
create table order_items (
    id bigint primary key, order_id bigint not null references orders, product_id bigint not null references products,
    quantity int not null, unit_price numeric(12, 2) not null);
create table payments (id bigint primary key, order_id bigint not null references orders, amount numeric(12, 2) not null, method text not null, paid_at timestamptz not null);
create table events (id bigint primary key, kind text not null, payload jsonb not null, at timestamptz not null);
create table stock (product_id bigint not null references products, warehouse text not null, quantity int not null, primary key (product_id, warehouse));
create table reservations (id bigint primary key, room text not null, during tstzrange not null);
create table points_of_sale (id bigint primary key, address inet not null);
create type point_of_sale as (id bigint, address inet);
create sequence order_numbers;
insert into categories values (1, null, 'Everything'), (2, 1, 'Books'), (3, 1, 'Chairs'), (4, 3, 'Red chairs');
insert into customers values
    (1, 'Alice Anderson', 'alice@example.com', 'NL', '2024-01-02', '{vip,new}'),
    (2, 'Bob O''Brien', 'bob@example.org', 'IE', '2024-01-03', '{}'),
    (3, 'Carla', 'carla@example.com', 'ES', '2024-02-03', '{new}');
insert into employees values (1, null, 'Erin', 9000, 'board'), (2, 1, 'Frank', 5000, 'sales'), (3, 1, 'Grace', 5500, 'sales'), (4, 2, 'Heidi', 3000, 'sales');
insert into products (id, name, category_id, price) values (1, 'red chair', 4, 49.5), (2, 'blue chair', 3, 39), (3, 'a good book', 2, 12.25);
insert into orders values
    (1, 1, 'open', 49.5, '2024-01-05', false, null), (2, 1, 'paid', 61.75, '2024-01-06', true, 'gift'),
    (3, 2, 'shipped', 12.25, '2024-01-07', true, ''), (4, 3, 'cancelled', 5, '2024-02-08', false, 'too late');
insert into order_items values (1, 1, 1, 1, 49.5), (2, 2, 1, 1, 49.5), (3, 2, 3, 1, 12.25), (4, 3, 3, 1, 12.25);
insert into payments values (1, 2, 61.75, 'card', '2024-01-06'), (2, 3, 12.25, 'cash', '2024-01-08');
insert into events values (1, 'login', '{"user": "alice", "n": 1}', '2024-01-05'), (2, 'cart', '{"user": "bob", "items": [{"sku": "A1", "id": 1}], "a": {"b": 2}}', '2024-01-06');
insert into stock values (1, 'north', 5), (2, 'north', 0), (3, 'south', 7);
insert into reservations values (1, 'blue', '[2024-01-01, 2024-01-02)');
insert into points_of_sale values (1, '10.1.2.3');
