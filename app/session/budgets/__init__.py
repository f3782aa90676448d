"""What may be spent, and who says so before it is.

A budget limits what one message costs, what a day costs, and what a month costs: for all providers together
(`[budget]`) and for each one (`[providers.NAME.budget]`). Every limit that holds for a turn is looked at, and the
strictest that would be exceeded decides.

- **Day and month** begin where the user lives; a day is 23 or 25 hours long where the clocks change.
- **Spent** is the exact sum of the ledger in that stretch, estimates included, and what the turns on their way have
  reserved: those of this Parley, and of every other one on the same store. Requests without a price are not in it.
- **A turn exceeds** a limit of a day or month when what is spent and what the turn is expected to cost are more than
  the limit; a limit of a message when the turn alone is. Exactly the limit is not too much. 0 lets nothing through
  that costs anything.
- **Expected** is the request as it will be sent, and a reply of the usual length: the median of this conversation, 500
  tokens in one without replies, and never more than the reply may have. Not the longest reply possible: that costs a
  hundred times the usual one, so that every turn would be stopped. Whoever is refused or asked is told that length.
- **Block** refuses a turn when the request and that reply do not fit. Where they do, the reply is told beforehand to
  end where the budget does, if that is sooner than it would end otherwise.
- **While it arrives** the reservation grows with the reply. Under `block` the reply is cut off where the budget ends,
  and what arrived is kept. Under `ask` and `warn` it goes on, with a notice. It costs then what can be read of it: what
  a model thinks in hiding counts once the server has reported it, so a turn can go beyond a limit, but the next one
  cannot.
- **Free models** and those of a subscription are never stopped.
- **Without a price** nothing can be said: unknown is not zero. `block` refuses such a model, `ask` asks once for each
  model, `warn` says so once.
- **Without a store** nobody knows what was spent: that is said once, and only messages are limited.
- **The guard** is no limit: on the screen, a turn that is expected to cost more than ten times the median turn of its
  conversation (`guard_factor`), and at least a cent, is asked about first, from the first turn with a cost on. Scripts
  are not.
- **Two Parleys** on one store see the same: checking and reserving are one transaction. What a killed one had reserved
  is free again.
- A failed attempt may have been charged for: before the next one the turn is looked at anew, with what a day and a
  month have cost by then. So is the fallback model before it is asked.

`Turn` itself refuses what was not allowed, so nothing that sends can forget to ask. Where nobody can be asked (`parley
ask`), `ask` is `block`, before a turn and while its reply arrives.
"""
