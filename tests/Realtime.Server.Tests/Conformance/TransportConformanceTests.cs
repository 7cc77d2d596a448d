using Realtime.Testing.Clients;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests.Conformance;

public abstract class ServerTransportConformance(SharedServer shared, ReaderKind kind) : TransportConformance(kind)
{
    protected override IServerUnderTest Server => shared;

    protected override ValueTask<IServerUnderTest> StartAsync(params (string Name, string Value)[] settings) =>
        ValueTask.FromResult<IServerUnderTest>(TestServer.Start(settings));
}

public abstract class SignallingTransportConformance(SharedServer shared, ReaderKind kind) : ServerTransportConformance(shared, kind)
{
    [Fact]
    public Task A_signal_reaches_whoever_is_connected_and_is_not_stored() => SignalReachesWhoeverIsConnectedAsync();
}

public abstract class PingingTransportConformance(SharedServer shared, ReaderKind kind) : SignallingTransportConformance(shared, kind)
{
    [Fact]
    public Task Pings_come_as_often_as_they_are_set_to() => PingsComeAsOftenAsTheyAreSetToAsync();
}

public sealed class WebSocketTests(SharedServer shared) : PingingTransportConformance(shared, ReaderKind.WebSocket);

public sealed class ServerSentEventsTests(SharedServer shared) : PingingTransportConformance(shared, ReaderKind.ServerSentEvents);

public sealed class LongPollTests(SharedServer shared) : SignallingTransportConformance(shared, ReaderKind.LongPoll);

public sealed class ShortPollTests(SharedServer shared) : ServerTransportConformance(shared, ReaderKind.ShortPoll);

public sealed class HubJsonTests(SharedServer shared) : SignallingTransportConformance(shared, ReaderKind.HubJson);

public sealed class HubMessagePackTests(SharedServer shared) : SignallingTransportConformance(shared, ReaderKind.HubMessagePack);
