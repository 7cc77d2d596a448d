using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Realtime.Backbones.RabbitMq;
using Realtime.Backbones.RabbitMq.Internal;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests.RabbitMq;

public sealed class RabbitMqOptionsTests
{
    [Fact]
    public async Task The_container_gives_one_backbone_and_disposes_it()
    {
        var provider = new ServiceCollection()
            .AddLogging()
            .AddRabbitMqBackbone(options => options.ConnectionString = "amqp://127.0.0.1:1")
            .BuildServiceProvider();
        var backbone = provider.GetRequiredService<IBackbone>();

        Assert.IsType<RabbitMqBackbone>(backbone);
        Assert.Same(backbone, provider.GetRequiredService<IBackbone>());
        await provider.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => new BackboneMember(backbone).StartAsync());
    }

    [Fact]
    public async Task A_stream_is_another_choice()
    {
        await using var provider = new ServiceCollection()
            .AddLogging()
            .AddRabbitMqStreamBackbone(options => options.ConnectionString = "amqp://127.0.0.1:1")
            .BuildServiceProvider();

        Assert.Equal("rabbitmq-stream", provider.GetRequiredService<IBackbone>().Kind);
    }

    [Fact]
    public void The_queue_is_named_after_the_node()
    {
        using var provider = new ServiceCollection()
            .AddLogging()
            .Configure<BackboneOptions>(options => options.NodeName = "north")
            .AddRabbitMqBackbone(options => options.ConnectionString = "amqp://127.0.0.1:1")
            .BuildServiceProvider();

        Assert.Equal("north", provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value.NodeName);
    }

    [Fact]
    public void Wrong_settings_are_refused_each_in_a_sentence()
    {
        var result = new RabbitMqOptionsValidator().Validate(null, new RabbitMqOptions
        {
            Prefetch = -1,
            Overflow = "drop",
            Exchange = "",
            NodeName = new string('x', 300),
            QueueLimit = 0,
            QueueLimitBytes = 1,
            QueueExpiry = TimeSpan.Zero,
            Stream = " ",
            StreamMaxBytes = 1,
            StreamMaxAge = TimeSpan.Zero,
            OffsetPath = "",
            MaxReplayAge = TimeSpan.FromSeconds(-1),
            Heartbeat = TimeSpan.Zero,
            ConfirmTimeout = TimeSpan.Zero,
        });

        var refusals = result.Failures!.ToArray();
        Assert.Equal(15, refusals.Length);
        Assert.All(refusals, refusal => Assert.Matches(@"^Realtime:Backbone:\w+ (is|names|can't) .*\.$", refusal));
        Assert.Equal(15, refusals.Select(refusal => refusal.Split(' ')[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("amqp://a:b@one:1234/here", "one:1234, virtual host 'here', user 'a'")]
    [InlineData("amqps://a:b@one", "one:5671, virtual host '/', user 'a'")]
    [InlineData("amqp://one/", "one:5672, virtual host '/', user 'guest'")]
    [InlineData("amqp://a%40x:b%2Fc@one/%2Fhere", "one:5672, virtual host '/here', user 'a@x'")]
    [InlineData("amqp://a:b@one/v, amqp://a:b@two:1/v", "one:5672, two:1, virtual host 'v', user 'a'")]
    public void An_address_is_read(string text, string expected)
    {
        Assert.Null(BrokerAddress.Parse(text, out var address));
        Assert.Equal(expected, address!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("sesame42")]
    [InlineData("sesame42:5672")]
    [InlineData("http://a:sesame42@one/")]
    [InlineData("amqp://a:sesame42@one/a/b")]
    [InlineData("amqp://a:sesame42@one:99999/")]
    [InlineData("amqp:///")]
    [InlineData("amqp://a:sesame42@one/v,amqp://a:sesame43@two/v")]
    [InlineData("amqp://a:sesame42@one/v,amqp://a:sesame42@two/w")]
    public async Task What_is_no_address_is_refused_for_good_and_without_repeating_it(string text)
    {
        await using var backbone = new RabbitMqBackbone(
            new RabbitMqOptions { ConnectionString = text }, TimeProvider.System, NullLogger<RabbitMqBackbone>.Instance);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => new BackboneMember(backbone).StartAsync());

        Assert.False(refusal.IsTransient);
        Assert.StartsWith("Realtime:Backbone:ConnectionString", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_certificate_has_to_be_that_of_the_host()
    {
        BrokerAddress.Parse("amqps://one", out var address);

        Assert.True(address!.Endpoints[0].Ssl.Enabled);
        Assert.Equal("one", address.Endpoints[0].Ssl.ServerName);
        Assert.Equal(System.Net.Security.SslPolicyErrors.None, address.Endpoints[0].Ssl.AcceptablePolicyErrors);
    }
}
