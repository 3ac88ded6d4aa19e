// What Node's HTTP server makes of raw bytes. Standard input: a JSON list of latin-1 texts; standard output: a JSON list
// of {requests: ["GET / 0", …], end: "ok" | "waits" | "closes" | "refused 400"}. See record.py.
import http from "node:http";
import net from "node:net";

const silence = 400; // milliseconds without a byte, after which nothing more is expected

const seen = new Map(); // by the client's port
const server = http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
    const record = seen.get(request.socket.remotePort);
    record.open++;
    let size = 0;
    request.on("data", (piece) => (size += piece.length));
    request.on("error", () => {});
    request.on("end", () => {
        record.open--;
        record.requests.push(`${request.method} ${request.url} ${size}`);
        response.end();
    });
});
const whole = (request, socket) => {
    seen.get(socket.remotePort).requests.push(`${request.method} ${request.url} 0`);
    socket.end("HTTP/1.1 501 Not Implemented\r\nConnection: close\r\n\r\n");
};
server.on("connect", whole);
server.on("checkExpectation", (request, response) => {
    response.writeHead(417, { Connection: "close" });
    response.end();
});
server.on("clientError", (error, socket) => {
    const record = seen.get(socket.remotePort);
    const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "HPE_CHUNK_EXTENSIONS_OVERFLOW" ? 413 : 400;
    if (record && error.code !== "ECONNRESET") record.refused = status;
    socket.destroy();
});

function ask(text) {
    return new Promise((resolve) => {
        const socket = net.connect(server.address().port, "127.0.0.1");
        const record = { requests: [], open: 0, refused: 0, closed: false, answer: "" };
        let timer;
        const finish = () => {
            clearTimeout(timer);
            socket.destroy();
            const answered = /^HTTP\/1\.1 (400|417|431|501)/m.exec(record.answer); // without an event, as for a missing Host
            const refused = record.refused || (answered ? Number(answered[1]) : 0);
            const end = refused ? `refused ${refused}` : record.closed ? "closes" : record.open > 0 ? "waits" : "ok";
            resolve({ requests: record.requests, end });
        };
        const later = () => {
            clearTimeout(timer);
            timer = setTimeout(finish, silence);
        };
        socket.on("connect", () => {
            seen.set(socket.localPort, record);
            socket.write(Buffer.from(text, "latin1"));
            later();
        });
        socket.on("data", (data) => {
            record.answer += data.toString("latin1");
            later();
        });
        socket.on("error", () => {});
        socket.on("close", () => {
            record.closed = true;
            finish();
        });
    });
}

let input = "";
for await (const piece of process.stdin) input += piece;
server.listen(0, "127.0.0.1", async () => {
    const texts = JSON.parse(input);
    const results = [];
    for (let i = 0; i < texts.length; i += 16) results.push(...(await Promise.all(texts.slice(i, i + 16).map(ask))));
    process.stdout.write(JSON.stringify(results));
    server.closeAllConnections();
    server.close();
});
