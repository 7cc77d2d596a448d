using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>A broker that is short of memory asks publishers to wait.</summary>
[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqBlockedTests : IAsyncLifetime
{
    private PrivateService? _broker;
    private RabbitMqWorld? _world;

    public async ValueTask InitializeAsync()
    {
        _ = TestServices.RabbitMq;
        _broker = await PrivateService.StartNewAsync("rabbitmq");
        _world = new RabbitMqWorld(_broker.Address, outlivesTest: false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
            await _world.DisposeAsync();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task While_the_broker_blocks_sends_wait_for_their_limit_and_afterwards_they_go_on_in_their_order()
    {
        var sender = await _world!.JoinAsync(_world.Push(options => options.ConfirmTimeout = TimeSpan.FromSeconds(2)));
        var patient = await _world.JoinAsync(_world.Push(options => options.ConfirmTimeout = TimeSpan.FromMinutes(1)));
        var node = await _world.JoinAsync(_world.Push(), 1);

        await _broker!.ControlAsync("set_vm_memory_high_watermark", "0");
        // The broker tells a connection when it publishes, and leaves that frame in the socket.
        var (given, waited) = (sender.SendAsync(1, 0), patient.SendAsync(1, 0));
        await sender.Receiver.UntilAsync(() => sender.Backbone.Health.IsBlocked && patient.Backbone.Health.IsBlocked, "blocked connections");
        Assert.True(sender.Backbone.Health.IsConnected);
        Assert.Contains("blocks publishers", sender.Backbone.Health.Detail, StringComparison.Ordinal);
        var waiting = Enumerable.Range(1, 20).Select(number => patient.SendAsync(1, number)).ToList();
        Assert.Equal(BackboneSend.Lost, await sender.SendAsync(1, 1_000));
        Assert.Equal(BackboneSend.Lost, await given);
        Assert.DoesNotContain(waiting, send => send.IsCompleted);

        await _broker.ControlAsync("set_vm_memory_high_watermark", "0.4");

        Assert.All(await Task.WhenAll([waited, .. waiting]), sent => Assert.Equal(BackboneSend.Sent, sent));
        await node.Receiver.UntilAsync(() => node.Numbers().Contains(20), "the last of those that waited");
        Assert.Equal(Enumerable.Range(1, 20), node.Numbers().Where(number => number is > 0 and < 1_000));
        // It was taken back before it was written.
        Assert.DoesNotContain(1_000, node.Numbers());
        await sender.Receiver.UntilAsync(() => !sender.Backbone.Health.IsBlocked && !patient.Backbone.Health.IsBlocked, "connections that are not blocked");
        Assert.Null(sender.Backbone.Health.Detail);
        await sender.MustSendAsync(1, 2_000);
    }
}
