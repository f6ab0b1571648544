// Chat with Node and the other tabs, over a reliable channel.

const log = document.getElementById("chat");
const form = document.getElementById("chat-form");
const input = document.getElementById("chat-text");
const button = document.getElementById("chat-send");
const here = document.getElementById("chat-here");

export class Chat {
  #channel;

  constructor() {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text === "" || this.#channel?.readyState !== "open") return;
      this.#channel.send(text);
      input.value = "";
    });
    write("empty", undefined, "Messages go through the Node process and on to every other open tab.");
  }

  /** Uses an open channel until it closes. */
  start(channel) {
    this.#channel = channel;
    enable(true);
    channel.addEventListener("message", ({ data }) => received(JSON.parse(data)));
    channel.addEventListener("close", () => {
      if (this.#channel !== channel) return;
      enable(false);
      here.textContent = "not connected";
    });
  }
}

function received(message) {
  if (message.text !== undefined) write("", message.from, message.text);
  if (message.here === undefined) return;
  const others = message.here.filter((name) => name !== message.you);
  here.textContent = `You are ${message.you}${others.length === 0 ? ", alone with Node" : `; here: ${others.join(", ")}`}`;
}

function write(className, from, text) {
  log.querySelector(".empty")?.remove();
  const line = document.createElement("p");
  line.className = className;
  if (from !== undefined) line.append(Object.assign(document.createElement("strong"), { textContent: from }));
  line.append(text);
  log.append(line);
  log.scrollTop = log.scrollHeight;
}

function enable(isOpen) {
  input.disabled = !isOpen;
  button.disabled = !isOpen;
}
