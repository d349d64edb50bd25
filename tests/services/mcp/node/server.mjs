// An MCP server with the official SDK:  node server.mjs [stdio | http]
// With OTEL_EXPORTER_OTLP_ENDPOINT it sends a span for each `add`, a child of the one whose context
// came with the request.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

async function report(traceparent, began) {
  const url = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const [, traceId, parentSpanId] = (traceparent ?? "").split("-");
  if (!url || !traceId) return;
  const span = {
    traceId, parentSpanId, spanId: randomBytes(8).toString("hex"), name: "tools/call add", kind: 2,
    startTimeUnixNano: String(began * 1_000_000), endTimeUnixNano: String(Date.now() * 1_000_000),
    attributes: [{ key: "mcp.method.name", value: { stringValue: "tools/call" } }],
  };
  const body = { resourceSpans: [{ scopeSpans: [{ scope: { name: "arithmetic" }, spans: [span] }] }] };
  await fetch(`${url}/v1/traces`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

function makeServer() {
  const server = new McpServer({ name: "node-arithmetic", version: "1.0.0" });
  server.registerTool(
    "add", { description: "Add two numbers.", inputSchema: { a: z.number(), b: z.number() } },
    async ({ a, b }, extra) => {
      const began = Date.now();
      await report(extra._meta?.traceparent, began);
      return { content: [{ type: "text", text: String(a + b) }] };
    });
  server.registerTool("fail", { description: "Never works." }, async () => {
    throw new Error("no such table: 'orders'");
  });
  return server;
}

if (process.argv[2] !== "http") {
  await makeServer().connect(new StdioServerTransport());
} else {
  const sessions = new Map();
  const http = createServer(async (request, response) => {
    let transport = sessions.get(request.headers["mcp-session-id"]);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      await makeServer().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
  http.listen(0, "127.0.0.1", () => console.log(http.address().port));
}
