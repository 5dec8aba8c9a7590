// Fastify, TypeBox, node-postgres, jose: the fastest that Node does with PostgreSQL, one statement a request.
// Places, gets and lists orders; placing writes ledger and event, too, and answers once to each Idempotency-Key.
import { createHash, randomBytes } from "node:crypto";
import Fastify from "fastify";
import pg from "pg";
import {
  authenticate, ById, cursorOf, Listed, Order, OrdersPage, PlaceOrder, positionOf, saidAddress, storedAddress, uuid7,
} from "./wire.mjs";

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = Fastify();
app.addHook("onRequest", authenticate);

const PLACE = `
WITH wanted AS (
  SELECT * FROM unnest($6::uuid[], $7::int[], $8::uuid[], $9::uuid[]) WITH ORDINALITY
    AS w (product_id, quantity, line_id, move_id, position)
), locked AS (
  SELECT p.id, p.sku, p.name, p.unit_price, p.currency, w.quantity, w.line_id, w.move_id, w.position
  FROM products p JOIN wanted w ON p.id = w.product_id
  WHERE p.organization_id = $1 AND p.status = 'active' AND p.reserved + w.quantity <= p.on_hand
  ORDER BY p.id FOR NO KEY UPDATE OF p
), go AS (
  SELECT sum(unit_price * quantity)::bigint AS total, min(currency) AS currency FROM locked
  WHERE EXISTS (SELECT FROM customers WHERE organization_id = $1 AND id = $5 AND status = 'active')
  HAVING count(*) = cardinality($6::uuid[])
), stock AS (
  UPDATE products p SET reserved = p.reserved + l.quantity FROM locked l, go
  WHERE p.organization_id = $1 AND p.id = l.id
), placed AS (
  INSERT INTO orders (organization_id, id, number, customer_id, status, currency, total, shipping_address,
    expires_at, created_at, updated_at, version, placed_by, key_hash)
  SELECT $1, $2, $3, $5, 'pending', currency, total, $10::jsonb, $4::timestamptz + interval '1 day', $4, $4, 1,
    $11::text, $12::bytea FROM go
), lines AS (
  INSERT INTO order_lines (organization_id, order_id, id, position, product_id, ordered_at, sku, name, unit_price,
    quantity)
  SELECT $1, $2, l.line_id, l.position - 1, l.id, $4, l.sku, l.name, l.unit_price, l.quantity FROM locked l, go
), ledger AS (
  INSERT INTO stock_ledger (organization_id, id, product_id, cause, on_hand, reserved, reference, reference_to, actor,
    at)
  SELECT $1, l.move_id, l.id, 'reserved', 0, l.quantity, $2, 'order', $11, $4 FROM locked l, go
), event AS (
  INSERT INTO events (organization_id, id, subject, subject_id, sequence, type, at, actor, request_id, body, hash)
  SELECT $1, $13, 'order', $2, 1, 'order.placed', $4, $11, $14,
    jsonb_build_object('number', $3::text, 'customerId', $5::uuid, 'total', total, 'currency', currency)::text, ''
  FROM go
), kept AS (
  INSERT INTO idempotency_keys (organization_id, principal, key_hash, fingerprint, status, headers, body, sealed,
    created_at, expires_at)
  SELECT $1, $11, $12, $15, 201, '', convert_to($2::text, 'UTF8'), false, $4, $4::timestamptz + interval '1 day' FROM go
)
SELECT g.total, g.currency, l.line_id, l.id AS product_id, l.sku, l.name, l.unit_price, l.quantity
FROM go g, locked l ORDER BY l.position`;

const ORDER = `
SELECT o.id, o.number, o.customer_id, o.status, o.currency, o.total, o.shipping_address, o.created_at, o.updated_at,
  o.created_at::text AS at, o.version, (
    SELECT json_agg(json_build_object('id', l.id, 'productId', l.product_id, 'sku', l.sku, 'name', l.name,
      'unitPrice', l.unit_price, 'quantity', l.quantity) ORDER BY l.position)
    FROM order_lines l WHERE l.organization_id = o.organization_id AND l.order_id = o.id
  ) AS lines
FROM orders o WHERE o.organization_id = $1`;
const GET = `${ORDER} AND o.id = $2`;
const KEPT = `SELECT fingerprint, convert_from(body, 'UTF8') AS id FROM idempotency_keys
WHERE organization_id = $1 AND principal = $2 AND key_hash = $3`;

const sha256 = (text) => createHash("sha256").update(text).digest();
const shown = (row) => ({
  id: row.id,
  number: row.number,
  customerId: row.customer_id,
  status: row.status,
  currency: row.currency,
  total: row.total,
  lines: row.lines,
  shippingAddress: saidAddress(row.shipping_address),
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  version: row.version,
});

async function found(organization, id) {
  const { rows } = await pool.query({ name: "get", text: GET, values: [organization, id] });
  return rows.length ? shown(rows[0]) : null;
}

app.post("/v1/orders", { schema: { body: PlaceOrder, response: { 201: Order } } }, async (request, reply) => {
  const { organization, principal, body } = request;
  const key = sha256(request.headers["idempotency-key"] ?? "");
  const fingerprint = sha256(JSON.stringify(body));
  const [id, number, now] = [uuid7(), `B-${randomBytes(8).toString("hex")}`, new Date()];
  const products = body.items.map((item) => item.productId);
  const values = [
    organization, id, number, now, body.customerId,
    products, body.items.map((item) => item.quantity), products.map(uuid7), products.map(uuid7),
    storedAddress(body.shippingAddress), principal, key, uuid7(), request.id, fingerprint,
  ];
  let rows;
  try {
    ({ rows } = await pool.query({ name: "place", text: PLACE, values }));
  } catch (error) {
    if (error.code !== "23505") throw error;
    const kept = await pool.query({ name: "kept", text: KEPT, values: [organization, principal, key] });
    if (!kept.rows.length || !fingerprint.equals(kept.rows[0].fingerprint))
      return reply.code(422).send({ title: "the key was used for something else" });
    return reply.code(201).send(await found(organization, kept.rows[0].id));
  }
  if (!rows.length) return reply.code(409).send({ title: "unknown customer or product, or not enough in stock" });
  const lines = rows.map((row) => ({
    id: row.line_id,
    productId: row.product_id,
    sku: row.sku,
    name: row.name,
    unitPrice: row.unit_price,
    quantity: row.quantity,
  }));
  const [{ total, currency }, at] = [rows[0], now.toISOString()];
  return reply.code(201).send({
    id, number, customerId: body.customerId, status: "pending", currency, total, lines,
    shippingAddress: body.shippingAddress, createdAt: at, updatedAt: at, version: 1,
  });
});

app.get("/v1/orders/:id", { schema: { params: ById, response: { 200: Order } } }, async (request, reply) => {
  const order = await found(request.organization, request.params.id);
  return order ?? reply.code(404).send({ title: "unknown order" });
});

app.get("/v1/orders", { schema: { querystring: Listed, response: { 200: OrdersPage } } }, async (request) => {
  const { customerId, status, cursor, limit } = request.query;
  const values = [request.organization];
  const wheres = [];
  const given = (value) => `$${values.push(value)}`;
  if (customerId) wheres.push(`o.customer_id = ${given(customerId)}`);
  if (status) wheres.push(`o.status = ${given(status)}`);
  if (cursor) {
    const [at, id] = positionOf(cursor);
    wheres.push(`(o.created_at, o.id) < (${given(at)}::timestamptz, ${given(id)}::uuid)`);
  }
  const where = wheres.map((each) => ` AND ${each}`).join("");
  const text = `${ORDER}${where} ORDER BY o.created_at DESC, o.id DESC LIMIT ${given(limit + 1)}`;
  const { rows } = await pool.query({ name: `list${[customerId, status, cursor].map(Boolean)}`, text, values });
  const data = rows.slice(0, limit).map(shown);
  const last = rows[data.length - 1];
  return {
    data,
    pagination: { hasNextPage: rows.length > limit, endCursor: last ? cursorOf(last.at, last.id) : null },
  };
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
