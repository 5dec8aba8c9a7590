// Nothing is migrated from here: the schema is only what the client is generated from.
export default { schema: "schema.prisma" };
