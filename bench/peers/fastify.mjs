// The yardstick of goal 4: fastify with pg, one pool, prepared statements, the same SQL and the same bytes out.
import Fastify from "fastify";
import pg from "pg";

const pool = new pg.Pool({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE, max: 8 });
const app = Fastify({ logger: false });
app.get("/.well-known/openid-configuration", async () => ({ ready: true }));
app.get("/catalogue", async (request, reply) => {
  const { rows } = await pool.query({ name: "catalogue", text: process.env.SQL, values: [request.query.after ?? ""] });
  reply.type("application/json");
  const items = rows.slice(0, 20).map((row) => ({
    ...JSON.parse(row.card),
    interrupted: row.interrupted,
    rating: row.rating_count < 10 ? null : Math.round((10 * row.rating_sum) / row.rating_count) / 10,
    ratings: row.rating_count,
  }));
  return { items, next: rows.length > 20 ? rows[19].app_id : null };
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
