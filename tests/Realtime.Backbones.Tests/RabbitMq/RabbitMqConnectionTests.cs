using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Realtime.Testing.Fakes;
using Realtime.Testing.Services;
using Deadline = Realtime.Testing.Clients.Deadline;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>What a node finds on a broker that is not as it should be.</summary>
public sealed class RabbitMqConnectionTests : IAsyncDisposable
{
    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_queue_of_another_shape_that_nobody_reads_is_replaced()
    {
        var options = _world.Options();
        await using (var channel = await _world.AdministerAsync())
        {
            await channel.QueueDeclareAsync($"realtime.node.{options.NodeName}", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancel);
            await channel.BasicPublishAsync("", $"realtime.node.{options.NodeName}", mandatory: true, BackboneMember.Frame(1), Cancel);
        }

        var node = await _world.JoinAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        await node.MustSendAsync(1, 2);

        await node.Receiver.CountAsync(1);
        Assert.Equal([2], node.Numbers());
        Assert.Contains(_world.PushLog.Lines, line => line.Id == 3202);
    }

    [Fact]
    public async Task A_queue_of_another_shape_that_somebody_reads_is_left_alone_until_it_is_free()
    {
        var options = _world.Options();
        var channel = await _world.AdministerAsync();
        await channel.QueueDeclareAsync($"realtime.node.{options.NodeName}", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancel);
        await channel.BasicConsumeAsync($"realtime.node.{options.NodeName}", autoAck: true, new AsyncEventingBasicConsumer(channel), Cancel);

        var node = await _world.StartAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        await SaysAsync(node, "in use by another connection");
        await channel.CloseAsync(Cancel);

        await node.ConnectedAsync();
        Assert.Null(node.Backbone.Health.Detail);
    }

    [Fact]
    public async Task Of_two_nodes_with_one_name_the_second_is_kept_out_until_the_first_is_gone()
    {
        var options = _world.Options();
        var first = await _world.JoinAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        var second = await _world.StartAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        await SaysAsync(second, "another node with the same Realtime:Backbone:NodeName");
        // It can send all the same.
        await Deadline.UntilAsync(() => second.SendAsync(1, 1), sent => sent == BackboneSend.Sent, "frame sent by the second");
        await first.Receiver.CountAsync(1);

        await first.DisposeAsync();

        await second.ConnectedAsync();
        await second.MustSendAsync(1, 2);
        await second.Receiver.CountAsync(1);
    }

    [Fact]
    public async Task An_exchange_of_another_type_is_told_and_waited_for()
    {
        await using var channel = await _world.AdministerAsync();
        await channel.ExchangeDeclareAsync(_world.Exchange, ExchangeType.Fanout, durable: true, cancellationToken: Cancel);

        var node = await _world.StartAsync(_world.Push(), 1);
        await SaysAsync(node, "is not a durable direct one");
        Assert.Equal(BackboneSend.Lost, await node.SendAsync(1, 1));
        await channel.ExchangeDeleteAsync(_world.Exchange, cancellationToken: Cancel);

        await node.ConnectedAsync();
        await node.MustSendAsync(1, 2);
        await node.Receiver.CountAsync(1);
    }

    [Fact]
    public async Task An_exchange_that_is_deleted_meanwhile_is_declared_again()
    {
        var node = await _world.JoinAsync(_world.Push(options => options.NodeName = null), 1);
        await using var channel = await _world.AdministerAsync();
        await channel.ExchangeDeleteAsync(_world.Exchange, cancellationToken: Cancel);

        Assert.Equal(BackboneSend.Lost, await node.SendAsync(1, 1));

        await Deadline.UntilAsync(() => node.SendAsync(1, 2), sent => sent == BackboneSend.Sent, "frame sent");
    }

    [Fact]
    public async Task A_queue_that_is_deleted_meanwhile_is_declared_again_and_the_node_hears_of_it()
    {
        var options = _world.Options();
        var node = await _world.JoinAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        var missed = node.Receiver.Missed;
        await using var channel = await _world.AdministerAsync();

        await channel.QueueDeleteAsync($"realtime.node.{options.NodeName}", cancellationToken: Cancel);

        await node.ConnectedAsync(missed);
        await node.MustSendAsync(1, 1);
        await node.Receiver.CountAsync(1);
    }

    [Theory]
    [InlineData("guest:sesame42@127.0.0.1", "refuses the user 'guest' or its password")]
    [InlineData("nobody:sesame42@127.0.0.1", "refuses the user 'nobody' or its password")]
    public async Task Wrong_credentials_are_told_without_the_password(string user, string expected)
    {
        var node = await _world.StartAsync(_world.Push(options => options.ConnectionString = Address(user)));

        await SaysAsync(node, expected);

        Assert.DoesNotContain("sesame42", node.Backbone.Health.Detail, StringComparison.Ordinal);
        Assert.All(_world.PushLog.Lines, line => Assert.DoesNotContain("sesame42", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_virtual_host_that_is_not_there_is_told()
    {
        var node = await _world.StartAsync(_world.Push(options => options.ConnectionString = Address("guest:guest@127.0.0.1") + "/elsewhere"));

        await SaysAsync(node, "refuses the virtual host 'elsewhere'");
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_told_once_however_often_it_is_tried()
    {
        var node = await _world.StartAsync(_world.Push(options => options.ConnectionString = "amqp://guest:sesame42@127.0.0.1:1/"));
        await SaysAsync(node, "can't be reached at 127.0.0.1:1");
        var second = await _world.StartAsync(_world.Push(options => options.ConnectionString = "amqp://guest:guest@127.0.0.1:2/"));
        await SaysAsync(second, "can't be reached at 127.0.0.1:2");

        // The pauses of the first add up to more than a second by now.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Cancel);

        Assert.Single(_world.PushLog.Lines, line => line.Text.Contains("127.0.0.1:1,", StringComparison.Ordinal));
        Assert.All(_world.PushLog.Lines, line => Assert.DoesNotContain("sesame42", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_several_addresses_one_that_answers_is_enough()
    {
        var node = await _world.JoinAsync(
            _world.Push(options => options.ConnectionString = $"amqp://guest:guest@127.0.0.1:1/, {Address("guest:guest@127.0.0.1")}/"), 1);

        await node.MustSendAsync(1, 1);
        await node.Receiver.CountAsync(1);
    }

    /// <summary>The shared broker's address, as somebody else.</summary>
    private static string Address(string userAtHost) => $"amqp://{userAtHost}:{new Uri(TestServices.RabbitMq).Port}";

    private static Task SaysAsync(BackboneMember node, string words) => node.Receiver.UntilAsync(
        () => node.Backbone.Health is { IsConnected: false, Detail: { } detail } && detail.Contains(words, StringComparison.Ordinal),
        $"health that says '{words}', but '{node.Backbone.Health.Detail}'");
}
