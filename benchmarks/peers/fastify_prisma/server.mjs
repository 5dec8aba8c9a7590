// Fastify, TypeBox, Prisma, jose: as their documentation would have it written.
// Places, gets and lists orders. No ledger, no events, no Idempotency-Key, no tenant wall.
import { randomBytes } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import Fastify from "fastify";
import {
  authenticate, ById, cursorOf, Listed, Order, OrdersPage, PlaceOrder, positionOf, saidAddress, storedAddress, uuid7,
} from "./wire.mjs";

const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 10 }),
  transactionOptions: { maxWait: 30_000, timeout: 30_000 }, // ms: who waits for a connection is not refused
});
const app = Fastify();
app.addHook("onRequest", authenticate);

class Refused extends Error {
  constructor(statusCode, message) {
    super(message);
    this.statusCode = statusCode;
  }
}

const withLines = { lines: { orderBy: { position: "asc" } } };
const shown = (order) => ({
  ...order,
  total: Number(order.total),
  shippingAddress: saidAddress(order.shippingAddress),
  lines: order.lines.map((line) => ({ ...line, unitPrice: Number(line.unitPrice) })),
  createdAt: order.createdAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});

app.post("/v1/orders", { schema: { body: PlaceOrder, response: { 201: Order } } }, async (request, reply) => {
  const { organization: organizationId, body } = request;
  const order = await prisma.$transaction(async (tx) => {
    const customer = await tx.customer.findUnique({
      where: { organizationId_id: { organizationId, id: body.customerId } },
    });
    if (customer?.status !== "active") throw new Refused(422, "unknown customer");
    const ids = body.items.map((item) => item.productId);
    const found = await tx.product.findMany({ where: { organizationId, id: { in: ids }, status: "active" } });
    const products = new Map(found.map((product) => [product.id, product]));
    if (products.size !== new Set(ids).size) throw new Refused(422, "unknown product");
    for (const { productId, quantity } of [...body.items].sort((a, b) => (a.productId < b.productId ? -1 : 1))) {
      const { onHand } = products.get(productId);
      const reserved = await tx.product.updateMany({
        where: { organizationId, id: productId, onHand, reserved: { lte: onHand - quantity } },
        data: { reserved: { increment: quantity } },
      });
      if (reserved.count !== 1) throw new Refused(409, "not enough in stock");
    }
    const now = new Date();
    const lines = body.items.map(({ productId, quantity }, position) => {
      const { sku, name, unitPrice } = products.get(productId);
      return { id: uuid7(), position, productId, orderedAt: now, sku, name, unitPrice, quantity };
    });
    return tx.order.create({
      data: {
        organizationId,
        id: uuid7(),
        number: `B-${randomBytes(8).toString("hex")}`,
        customerId: body.customerId,
        status: "pending",
        currency: found[0].currency,
        total: lines.reduce((sum, line) => sum + line.unitPrice * BigInt(line.quantity), 0n),
        shippingAddress: storedAddress(body.shippingAddress),
        expiresAt: new Date(now.getTime() + 86_400_000),
        createdAt: now,
        updatedAt: now,
        version: 1,
        lines: { createMany: { data: lines } },
      },
      include: withLines,
    });
  });
  return reply.code(201).send(shown(order));
});

app.get("/v1/orders/:id", { schema: { params: ById, response: { 200: Order } } }, async (request) => {
  const { organization: organizationId } = request;
  const order = await prisma.order.findUnique({
    where: { organizationId_id: { organizationId, id: request.params.id } },
    include: withLines,
  });
  if (!order) throw new Refused(404, "unknown order");
  return shown(order);
});

app.get("/v1/orders", { schema: { querystring: Listed, response: { 200: OrdersPage } } }, async (request) => {
  const { customerId, status, cursor, limit } = request.query;
  // Prisma's own cursor: by the unique id of the last order, which it skips.
  const after = cursor && { organizationId_id: { organizationId: request.organization, id: positionOf(cursor)[1] } };
  const orders = await prisma.order.findMany({
    where: { organizationId: request.organization, customerId, status },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit + 1,
    ...(after && { cursor: after, skip: 1 }),
    include: withLines,
  });
  const data = orders.slice(0, limit).map(shown);
  const last = data.at(-1);
  return {
    data,
    pagination: {
      hasNextPage: orders.length > limit,
      endCursor: last ? cursorOf(last.createdAt, last.id) : null,
    },
  };
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
