"""What a month does to movements, commissioners and regulation: equation (16)."""

from ..jit import submodel
from ..state import BURDEN, DENSITY, MOVEMENT
from ..submodels import institutions


@submodel
def density(world, state, j):
    """Return the share of ties that join two users of innovation j, by weight."""
    network, ends, joined = state.network, 0, 0
    for i in range(state.pairs.shape[0]):
        weight, first, ties = int(world.providers[i].weight), network.first[i], int(network.ties[i])
        ends += weight * ties
        if state.pairs[i, j].sites_in_use > 0:
            users = 0
            for slot in range(ties):
                users += state.pairs[network.partners[first + slot], j].sites_in_use > 0
            joined += weight * users
    return joined / ends if ends > 0 else 0.0


@submodel
def institute(world, state, record, month):
    """Move movements, commissioners' stances and burdens at the end of a month, from where the next one reads them."""
    p, switches, step = world.parameters[0], world.switches[0], world.settled[0].step
    for j in range(state.sector.shape[0]):
        regime, row = world.schedule.regime[month, j], record.sector[month + 1, j]
        before = state.sector[j].movement
        if state.sector[j].running:
            if switches.movement:
                dense = density(world, state, j) if p.movement_growth > 0.0 else 0.0
                row[DENSITY] = dense
                state.sector[j].movement = institutions.movement_after(
                    before, p.movement_growth, dense, regime.building, p.movement_decay, step
                )
            if switches.commissioning:
                for authority in range(state.stance.shape[0]):
                    state.stance[authority, j] = institutions.stance_after(
                        state.stance[authority, j],
                        p.stance_effect,
                        before,
                        state.usual_stance[authority],
                        p.stance_return,
                        step,
                    )
            if switches.deregulation:
                state.sector[j].burden = institutions.burden_after(
                    state.sector[j].burden,
                    p.burden_effect,
                    before,
                    p.burden_least,
                    regime.burden,
                    p.burden_return,
                    step,
                )
        row[MOVEMENT] = state.sector[j].movement
        row[BURDEN] = (state.sector[j].burden if switches.deregulation else regime.burden) * (1.0 - regime.burden_cut)
