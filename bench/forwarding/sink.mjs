/** A process that receives datagrams on some ports and counts them. */
import dgram from "node:dgram";

const count = Number(process.argv[2]);
let received = 0;
const ports = [];
for (let i = 0; i < count; i++) {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 8 << 20 });
  socket.on("message", () => received++);
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  ports.push(socket.address().port);
}
process.send({ ports });
process.on("message", () => process.send({ received }));
process.on("disconnect", () => process.exit());
