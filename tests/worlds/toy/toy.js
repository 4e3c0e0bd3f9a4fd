// The world toy: a guest's `answer(n)` tells the host numbers, and the op `ask` gives their sum.

(({ World, addOp, makeError }) =>
  class ToyWorld extends World {
    sum = 0;
    resets = 0;

    imports(guest) {
      const tell = (n) => {
        if (n < 0) throw makeError("RangeError", "ERR_TOY", `plugin ${guest.name} tells ${n}`);
        this.sum += n;
      };
      return { __proto__: null, toy: { __proto__: null, tell } };
    }

    start(guest) {
      super.start(guest);
      if (guest.starts > 1) return;
      addOp(guest, "ask", "(n: number): number", (n) => {
        this.sum = 0;
        guest.run("op \"ask\"", guest.exports.answer, n);
        return this.sum;
      });
      addOp(guest, "askLater", "(n: number): Promise<number>", async (n) => {
        this.sum = 0;
        guest.run("op \"askLater\"", guest.exports.answer, n);
        return this.sum;
      });
      addOp(guest, "resets", "(): number", () => this.resets);
    }

    reset() {
      this.resets++;
    }

    close(guest) {
      guest.print("toy is closed");
    }
  });
