// What both Fastify peers say on the wire, who may ask them, and ids that grow with time (UUIDv7, RFC 9562).
import { createSecretKey, randomFillSync } from "node:crypto";
import { jwtVerify } from "jose";
import { Type } from "typebox";

const Id = Type.String({ format: "uuid" });
const Address = Type.Object({
  name: Type.String(),
  line1: Type.String(),
  city: Type.String(),
  postalCode: Type.String(),
  country: Type.String(),
});
const Line = Type.Object({
  id: Id,
  productId: Id,
  sku: Type.String(),
  name: Type.String(),
  unitPrice: Type.Integer(),
  quantity: Type.Integer(),
});

export const PlaceOrder = Type.Object({
  customerId: Id,
  items: Type.Array(Type.Object({ productId: Id, quantity: Type.Integer({ minimum: 1, maximum: 999 }) }), {
    minItems: 1,
    maxItems: 100,
  }),
  shippingAddress: Address,
});

export const Order = Type.Object({
  id: Id,
  number: Type.String(),
  customerId: Id,
  status: Type.String(),
  currency: Type.String(),
  total: Type.Integer(),
  lines: Type.Array(Line),
  shippingAddress: Address,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  version: Type.Integer(),
});

export const OrdersPage = Type.Object({
  data: Type.Array(Order),
  pagination: Type.Object({ hasNextPage: Type.Boolean(), endCursor: Type.Union([Type.String(), Type.Null()]) }),
});

export const ById = Type.Object({ id: Id });

export const Listed = Type.Object({
  customerId: Type.Optional(Id),
  status: Type.Optional(Type.String()),
  cursor: Type.Optional(Type.String()),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
});

const secret = createSecretKey(Buffer.from(process.env.JWT_SECRET));

// A hook: who asks without a good token is refused; else the request knows its organization and its principal.
export async function authenticate(request, reply) {
  const bearer = request.headers.authorization ?? "";
  try {
    const { payload } = await jwtVerify(bearer.slice("Bearer ".length), secret, { algorithms: ["HS256"] });
    request.organization = payload.org;
    request.principal = payload.sub;
  } catch {
    return reply.code(401).send({ title: "invalid token" });
  }
}

export function uuid7() {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const cursorOf = (at, id) => Buffer.from(JSON.stringify([at, id])).toString("base64url");
export const positionOf = (cursor) => JSON.parse(Buffer.from(cursor, "base64url").toString());

// An address as it is stored, and as it is said.
export const storedAddress = ({ postalCode, ...rest }) => ({ ...rest, postal_code: postalCode });
export const saidAddress = ({ postal_code, ...rest }) => ({ ...rest, postalCode: postal_code });
