// The server ends its stream of messages when it owes a visit nothing more. What the visit asks for at that very moment is
// taken and worked on, but gradio's client still believes the stream open, and nobody reads the result: a question would
// wait for ever. The next event opens a new stream, on which everything is told. So where something was taken while a
// stream was open, one more event follows the stream's end, which asks for nothing.
Object.assign(window.digestQA, (() => {
  const fetching = window.fetch;
  let streams = 0; // that are open
  let taken = false; // something, while one was
  let ask = () => {};

  const ended = () => {
    streams -= 1;
    if (streams || !taken) return;
    taken = false;
    ask();
  };
  const path = (request) => new URL(request?.url ?? request, location.href).pathname;
  window.fetch = async (...given) => {
    const where = path(given[0]);
    if (where.endsWith("/queue/join")) {
      const answer = await fetching(...given);
      taken ||= streams > 0;
      return answer;
    }
    if (!where.endsWith("/queue/data")) return fetching(...given);
    streams += 1;
    try {
      const answer = await fetching(...given);
      answer.clone().text().catch(() => {}).finally(ended);
      return answer;
    } catch (problem) {
      ended();
      throw problem;
    }
  };

  // `nothing` sends an event that asks for nothing.
  return { listen: (nothing) => { ask = nothing; } };
})());
