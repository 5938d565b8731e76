// Buttons of the Ophtha tools in Orthanc Explorer: one list on the pages of a study, a series and an instance.
(function () {
  'use strict';

  // Put in by explorer.py.
  var LISTED = /* tools.json */ [];
  var TOOLS = {};
  $.each(LISTED, function (_, tool) { TOOLS[tool.key] = tool; });
  var LEVELS = { study: 'studies', series: 'series', instance: 'instances' };

  // The resource that the page shows now; Explorer keeps it here.
  function shownUuid(level) {
    var data = $.mobile.pageData;
    return data && data.active === level && data.uuid ? data.uuid : null;
  }

  function remove(level) {
    $('#' + level + ' .ophtha-tools').remove();
  }

  function add(level, uuid, tools) {
    var list = $('<ul class="ophtha-tools" data-role="listview" data-inset="true" data-theme="d" data-divider-theme="c">')
      .attr('data-uuid', uuid)
      .append($('<li data-role="list-divider">').text('Ophtha'));
    $.each(tools, function (_, name) {
      var tool = TOOLS[name];
      if (tool && $.inArray(level, tool.levels) >= 0) {
        var link = $('<a rel="external" target="_blank">')
          .attr('href', '../plugins/ophtha/app/' + tool.key + '.html?' + level + '=' + encodeURIComponent(uuid))
          .text(tool.title);
        list.append($('<li>').attr('data-icon', tool.icon.explorer).append(link));
      }
    });
    if (list.find('a').length > 0) {
      list.insertBefore($('#' + level + '-access'));
      list.listview();
    }
  }

  function refresh(level) {
    var uuid = shownUuid(level);
    if (uuid !== null && $('#' + level + ' .ophtha-tools').attr('data-uuid') === uuid) {
      return;
    }
    // At once, before anything is asked: a link of the previous patient must not stay for a moment.
    remove(level);
    if (uuid === null) {
      return;
    }
    $.ajax({
      url: '../plugins/ophtha/' + LEVELS[level] + '/' + encodeURIComponent(uuid),
      dataType: 'json',
      cache: false,
      success: function (opened) {
        // The answer may be late: another resource may be shown by now.
        if (shownUuid(level) === uuid) {
          remove(level);
          add(level, uuid, opened.tools);
        }
      }
    });
  }

  $.each(LEVELS, function (level) {
    $('#' + level).live('pagebeforeshow', function () { refresh(level); });
  });

  // From one series to the next the page stays the same: only the address changes.
  $(function () {
    $(window).hashchange(function () {
      $.each(LEVELS, function (level) { refresh(level); });
    });
    $.each(LEVELS, function (level) { refresh(level); });
  });
})();
