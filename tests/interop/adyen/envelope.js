// Seals and opens nexo envelopes with Adyen's own Node library, line by line: a JSON order in, a JSON answer out.
//
//   {"do": "seal", "with": "NexoCrypto" | "NexoSecurityManager", "key": {…}, "wrapper": "SaleToPOIRequest", "text": "…"}
//   {"do": "open", "with": …, "key": {…}, "sealed": {MessageHeader, NexoBlob, SecurityTrailer}}
//
// An answer is {"envelope": {…}}, {"text": "…"} or, where the library throws, {"refused": its words}.
"use strict";

const readline = require("readline");
const NexoCrypto = require("@adyen/api-library/lib/src/security/nexoCrypto").default;
const { NexoSecurityManager } = require("@adyen/api-library/lib/src/security/clouddevice");

const makers = {
  NexoCrypto: (key) => {
    const securityKey = {
      Passphrase: key.passphrase, KeyIdentifier: key.identifier, KeyVersion: key.version, AdyenCryptoVersion: 1,
    };
    return {
      seal: (header, text) => NexoCrypto.encrypt(header, text, securityKey),
      open: (sealed) => new NexoCrypto().decrypt(sealed, securityKey),
    };
  },
  NexoSecurityManager: (key) => {
    const manager = new NexoSecurityManager({
      passphrase: key.passphrase, keyIdentifier: key.identifier, keyVersion: key.version, adyenCryptoVersion: 1,
    });
    return { seal: (header, text) => manager.encrypt(text, header), open: (sealed) => manager.decrypt(sealed) };
  },
};

function obey(order) {
  const library = makers[order.with](order.key);
  if (order.do === "open") return { text: library.open(order.sealed) };
  const header = JSON.parse(order.text)[order.wrapper].MessageHeader;
  return { envelope: { [order.wrapper]: library.seal(header, order.text) } };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = obey(JSON.parse(line));
  } catch (error) {
    answer = { refused: `${error.name}: ${error.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
