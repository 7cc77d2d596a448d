using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Presence;

namespace Realtime.WebPush.Tests;

public sealed class WebPushOptionsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("operator@chat.example")]
    [InlineData("http://chat.example")]
    public void Where_it_is_enabled_push_services_must_know_whom_to_turn_to(string? subject)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Options(options => options.Subject = subject));

        Assert.Contains($"Realtime:WebPush:Subject is '{subject}'", refusal.Message, StringComparison.Ordinal);
        Assert.False(Options(options => (options.Enabled, options.Subject) = (false, subject)).Enabled);
        Assert.True(Options(options => options.Subject = "https://chat.example/contact").Enabled);
    }

    [Fact]
    public void Values_out_of_range_are_refused_by_name()
    {
        Assert.Contains(nameof(WebPushOptions.MaxPerUser), RefusalOf(options => options.MaxPerUser = 0), StringComparison.Ordinal);
        Assert.Contains(nameof(WebPushOptions.MaxPending), RefusalOf(options => options.MaxPending = 0), StringComparison.Ordinal);
        Assert.Contains(nameof(WebPushOptions.MaxParallel), RefusalOf(options => options.MaxParallel = 0), StringComparison.Ordinal);
        Assert.Contains(nameof(WebPushOptions.After), RefusalOf(options => options.After = TimeSpan.FromSeconds(-1)), StringComparison.Ordinal);
        Assert.Contains(nameof(WebPushOptions.Ttl), RefusalOf(options => options.Ttl = TimeSpan.FromDays(29)), StringComparison.Ordinal);
        Assert.Contains(nameof(WebPushOptions.SendTimeout), RefusalOf(options => options.SendTimeout = TimeSpan.Zero), StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_presence_and_keeps_that_of_user_channels_hidden()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Services(_ => { }, presence: false).GetRequiredService<IOptions<PresenceOptions>>().Value);
        Assert.Contains("Realtime:Presence:Enabled is false", refusal.Message, StringComparison.Ordinal);

        Assert.Contains("user", Services(_ => { }).GetRequiredService<IOptions<PresenceOptions>>().Value.HiddenNamespaces, StringComparison.Ordinal);
        Assert.Empty(Services(options => options.Enabled = false, presence: false).GetRequiredService<IOptions<PresenceOptions>>().Value.HiddenNamespaces);
    }

    private static string RefusalOf(Action<WebPushOptions> configure) => Assert.Throws<OptionsValidationException>(() => Options(configure)).Message;

    private static WebPushOptions Options(Action<WebPushOptions> configure) => Services(configure).GetRequiredService<IOptions<WebPushOptions>>().Value;

    private static ServiceProvider Services(Action<WebPushOptions> configure, bool presence = true)
    {
        var services = new ServiceCollection();
        services.AddRealtimeCore();
        services.Configure<PresenceOptions>(options => options.Enabled = presence);
        services.AddWebPush(options =>
        {
            options.Enabled = true;
            options.Subject = "mailto:operator@chat.example";
            configure(options);
        });
        return services.BuildServiceProvider();
    }
}
