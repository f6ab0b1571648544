// The tabs that are here, and the Node peer each of them talks to.
import { Visitor } from "./visitor.mjs";

/** More tabs than anybody has; each costs sockets. */
const MOST_VISITORS = 32;

export class Room {
  #visitors = new Set();
  #number = 0;

  /** A tab opened its signalling socket. */
  enter(socket) {
    if (this.#visitors.size >= MOST_VISITORS) {
      socket.close(1013, "too many tabs");
      return;
    }
    this.#number += 1;
    const visitor = new Visitor(`Tab ${this.#number}`, socket, {
      chat: (text) => this.#chat(visitor, text),
      here: () => this.#announce(),
      gone: () => {
        if (this.#visitors.delete(visitor)) this.#announce();
      },
    });
    this.#visitors.add(visitor);
  }

  /** Closes every connection. */
  close() {
    for (const visitor of this.#visitors) visitor.close();
  }

  #chat(from, text) {
    for (const visitor of this.#visitors) visitor.tell({ from: visitor === from ? "You" : from.name, text });
    if (this.#visitors.size === 1) from.tell({ from: "Node", text: `You said “${text}”. Open another tab and it will hear you too.` });
  }

  #announce() {
    const names = [...this.#visitors].filter(({ isChatting }) => isChatting).map(({ name }) => name);
    for (const visitor of this.#visitors) visitor.tell({ here: names, you: visitor.name });
  }
}
