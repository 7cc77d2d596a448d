using Realtime.Lab.Servers;

namespace Realtime.Lab.Tests.Scenarios;

public class ServerProcessTests
{
    [Fact]
    public async Task A_server_that_was_started_collectable_collects_its_garbage_when_told()
    {
        await using var peer = await BuiltPrograms.Host.StartPeerAsync(collectable: true, TestContext.Current.CancellationToken);

        await peer.CollectGarbageAsync(TestContext.Current.CancellationToken);
        await peer.CollectGarbageAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_program_that_ends_before_it_is_ready_is_told_with_what_it_wrote()
    {
        var host = BuiltPrograms.Host with { PeerArguments = ["no-such-command"] };

        var exception = await Assert.ThrowsAsync<LabException>(() => host.StartPeerAsync(collectable: false, TestContext.Current.CancellationToken));

        Assert.Contains("ended with exit code", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-command", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told() =>
        Assert.Contains(
            "no-such.dll",
            (await Assert.ThrowsAsync<LabException>(() => (BuiltPrograms.Host with { ServerDll = "/tmp/no-such.dll" })
                .StartServerAsync("memory", collectable: false, TestContext.Current.CancellationToken))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task An_address_with_TLS_is_refused() =>
        await Assert.ThrowsAsync<LabException>(() => ServerAccess.ConnectAsync(
            new Uri("https://localhost:1"), null, TimeProvider.System, TestContext.Current.CancellationToken));
}
