/** Requests that a careful client does not send: they get an answer of the same form as every refusal, and harm nobody. */
import net from "node:net";
import { expect, test } from "vitest";
import { running, sumParts, token } from "./tiny-bundle.ts";

/** All that comes back for these bytes until the server ends the connection. */
function sent(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

test.each([
  ["a head that is no HTTP", "GARBAGE\r\n\r\n", 400, /^the request is not HTTP\/1\.1 \(HPE_/],
  [
    "two lengths",
    "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    400,
    /is not HTTP/,
  ],
  ["huge headers", `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431, /larger than 16 KiB/],
  [
    "a url that is none",
    "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    400,
    /^the url cannot be read: .*%zz/,
  ],
])("%s is refused as everything is", async (_, text, status, sentence) => {
  const { url, post } = await running(sumParts());
  const [head, body] = (await sent(url, text)).split("\r\n\r\n") as [string, string];
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(body)).toEqual({ error: expect.stringMatching(sentence), code: "LEPTON_REQUEST" });
  expect(await post("/predict", { age: 1, home: "rent", owner: false })).toMatchObject({ body: { prediction: 1 } });
});

test.each([
  ["none", ""],
  ["an empty one", "Content-Type: \r\n"],
  ["a malformed one", "Content-Type: ;;;\r\n"],
  ["that of a form, as curl -d sends it", "Content-Type: application/x-www-form-urlencoded\r\n"],
])("whatever content type is sent, the body is JSON: %s", async (_, header) => {
  const { url } = await running(sumParts());
  const body = JSON.stringify({ age: 3, home: "rent", owner: false });
  const head = `POST /predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n${header}`;
  expect(await sent(url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(
    /^HTTP\/1.1 200 .*"prediction":3/s,
  );
});

test("requests sent at once over one connection are answered in their order", async () => {
  const { url } = await running(sumParts());
  const one = (age: number, more: string) => {
    const body = JSON.stringify({ age, home: "rent", owner: false });
    const head = `POST /predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${more}`;
    return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  };
  const answer = await sent(url, one(1, "") + one(2, "") + one(3, "Connection: close\r\n"));
  expect([...answer.matchAll(/"prediction":(\d)/g)].map(([, age]) => age)).toEqual(["1", "2", "3"]);
});

test("a body that begins with a byte order mark, as Windows writes files, is read", async () => {
  const { post } = await running(sumParts());
  const body = `\uFEFF${JSON.stringify({ age: 4, home: "rent", owner: false })}`;
  expect(await post("/predict", body)).toMatchObject({ status: 200, body: { prediction: 4 } });
});

test.each([
  ["/predict", (deep: string) => `{"age":${deep},"home":"rent","owner":false}`],
  [
    "/v2/models/credit-risk/infer",
    (deep: string) => `{"inputs":[{"name":"age","shape":[1],"datatype":"FP64","data":${deep}}]}`,
  ],
])("a body nested a hundred thousand times is the client's fault at %s, not ours", async (route, bodyOf) => {
  const logged: string[] = [];
  const { post } = await running(sumParts(), { log: (line) => void logged.push(line) });
  const reply = await post(route, bodyOf("[".repeat(100_000) + "]".repeat(100_000)));
  expect(reply).toMatchObject({ status: 400, body: { code: expect.stringMatching(/^LEPTON_(REQUEST|COLUMN_TYPE)$/) } });
  expect(logged).toEqual([]);
});
